import { expect, test } from "vitest";
import { spentWords, today, tokenWords } from "./spent.ts";

const day = { day: "2026-01-31", inputTokens: 12_345, outputTokens: 678, attempts: 3, costNanoUsd: 0 };

test.each([
  [null, ""],
  [{ inputTokens: null, outputTokens: null }, ""],
  [{ inputTokens: 0, outputTokens: 0 }, ""],
  [{ inputTokens: 12, outputTokens: null }, "12 in"],
  [{ inputTokens: null, outputTokens: 1234 }, "1,234 out"],
  [{ inputTokens: 12, outputTokens: 0 }, "12 in · 0 out"],
  [{ inputTokens: 12, outputTokens: 1234 }, "12 in · 1,234 out"],
])("of %j it is told %j", (usage, words) => expect(tokenWords(usage)).toBe(words));

test("tokens are told, and a cost when there is one", () => {
  expect(spentWords(null)).toBe("Nothing spent today");
  expect(spentWords(day)).toBe("Today 12,345 in · 678 out");
  expect(spentWords({ ...day, costNanoUsd: 1_234_567 })).toBe("Today 12,345 in · 678 out · $0.0012");
});

test("a day is that of UTC", () => {
  expect(today(new Date("2026-01-31T23:59:59Z"))).toBe("2026-01-31");
});

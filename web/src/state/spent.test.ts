import { expect, test } from "vitest";
import { spentWords, today } from "./spent.ts";

const day = { day: "2026-01-31", inputTokens: 12_345, outputTokens: 678, attempts: 3, costNanoUsd: 0 };

test("tokens are told, and a cost when there is one", () => {
  expect(spentWords(null)).toBe("Nothing spent today");
  expect(spentWords(day)).toBe("Today 12,345 in · 678 out");
  expect(spentWords({ ...day, costNanoUsd: 1_234_567 })).toBe("Today 12,345 in · 678 out · $0.0012");
});

test("a day is that of UTC", () => {
  expect(today(new Date("2026-01-31T23:59:59Z"))).toBe("2026-01-31");
});

import { expect, test } from "vitest";
import { ago, command, dollars } from "./words.ts";

const now = Date.parse("2026-01-01T00:00:00Z");

test.each([
  ["2026-01-01T00:00:41Z", "in 41 sec."],
  ["2025-12-31T23:30:00Z", "30 min. ago"],
  ["2025-12-31T12:00:00Z", "12 hr. ago"],
  ["2025-12-28T00:00:00Z", "4 days ago"],
])("%s is %s", (at, words) => {
  expect(ago(at, now)).toBe(words);
});

test("what a shell would take apart is quoted", () => {
  expect(command("dead", "replay", "--why", "it's poison")).toBe("sluice dead replay --why 'it'\\''s poison'");
  expect(command("keys", "disable", "openai", "openai/0a1b")).toBe("sluice keys disable openai openai/0a1b");
});

test("dollars say when some of them are not known", () => {
  expect(dollars(1_234_567_890, 0)).toBe("$1.2346");
  expect(dollars(0, 3)).toBe("$0.0000+");
});

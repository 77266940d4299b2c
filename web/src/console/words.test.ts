import { expect, test } from "vitest";
import { age, ago, command, dollars, rung } from "./words.ts";

const now = Date.parse("2026-01-01T00:00:00Z");

test.each([
  ["2026-01-01T00:00:41Z", "in 41 sec."],
  ["2025-12-31T23:30:00Z", "30 min. ago"],
  ["2025-12-31T12:00:00Z", "12 hr. ago"],
  ["2025-12-28T00:00:00Z", "4 days ago"],
])("%s is %s", (at, words) => {
  expect(ago(at, now)).toBe(words);
});

test.each([
  ["2026-01-01T00:00:10Z", "0 s"],
  ["2025-12-31T23:58:50Z", "70 s"],
  ["2025-12-31T23:30:00Z", "30 min"],
  ["2025-12-31T12:00:00Z", "12 h"],
  ["2025-12-28T00:00:00Z", "4 days"],
])("since %s it is %s", (at, words) => {
  expect(age(at, now)).toBe(words);
});

test("a rung says how many wait and for what", () => {
  expect(rung(0, 3, "2026-01-01T00:00:41Z", now)).toBe("3 for a key, next in 41 sec.");
  expect(rung(2, 1, "2026-01-01T00:10:00Z", now)).toBe("1 after retry 2, next in 10 min.");
});

test("what a shell would take apart is quoted", () => {
  expect(command("dead", "replay", "--why", "it's poison")).toBe("sluice dead replay --why 'it'\\''s poison'");
  expect(command("dead", "replay", "=ls", "a=b")).toBe("sluice dead replay '=ls' a=b");
  expect(command("keys", "disable", "openai", "openai/0a1b")).toBe("sluice keys disable openai openai/0a1b");
});

test("dollars say when some of them are not known", () => {
  expect(dollars(1_234_567_890, 0)).toBe("$1.2346");
  expect(dollars(0, 3)).toBe("$0.0000+");
});

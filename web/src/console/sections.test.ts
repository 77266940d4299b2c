import { expect, test } from "vitest";
import { isConsole, placeOf } from "./sections.ts";

test.each([
  ["", "overview", null],
  ["#/keys", "keys", null],
  ["#/audit", "audit", null],
  ["#/jobs/0193-ab", "jobs", "0193-ab"],
  ["#/nowhere/0193", "overview", null],
  ["#/jobs/<script>", "overview", null],
])("%s is %s of %s", (hash, section, of) => {
  expect(placeOf(hash)).toEqual({ section, of });
});

test("the page is told by its path alone", () => {
  expect(isConsole("/console")).toBe(true);
  expect(isConsole("/console/")).toBe(true);
  expect(isConsole("/")).toBe(false);
});

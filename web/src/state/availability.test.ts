import { expect, test } from "vitest";
import { restWords } from "./availability.ts";
import { moment } from "./moments.ts";

/** In the time of this machine, whichever that is. */
const at = (day: number, hours: number, minutes: number, seconds = 0) => new Date(2026, 0, day, hours, minutes, seconds);
const now = at(31, 13, 0);

test.each([
  [true, undefined, null],
  [true, at(31, 14, 5), null],
  [false, undefined, "not available now"],
  [false, at(31, 14, 5), "resting until 14:05"],
  [false, at(31, 13, 0, 1), "resting until 13:01"],
  [false, at(31, 14, 4, 1), "resting until 14:05"],
  [false, at(31, 23, 59, 59), "resting until Feb 1, 00:00"],
  [false, at(32, 9, 0), "resting until Feb 1, 09:00"],
  // What is known of it is a little old.
  [false, now, null],
  [false, at(31, 12, 59), null],
])("available: %j, at %j: %j", (available, until, words) => {
  expect(restWords({ available, availableAt: until?.toISOString() }, now.getTime())).toBe(words);
});

test.each([
  [at(31, 9, 5), "09:05"],
  [at(30, 23, 0), "Jan 30, 23:00"],
  [new Date(2025, 11, 31, 8, 7), "Dec 31, 2025, 08:07"],
])("%j is %j", (when, words) => expect(moment(when, now)).toBe(words));

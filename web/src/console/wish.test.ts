import { expect, test } from "vitest";
import type { Pool } from "../wire/ops.ts";
import { limitFrom, stepped } from "./wish.ts";

const pool = (concurrency: number | null, workers: number, slots: number): Pool => ({ provider: "p", paused: false, concurrency, requestsPerMinute: null, workers, slots, busy: 0 });

test.each([
  [pool(null, 0, 0), null, null],
  [pool(4, 0, 0), 5, 3],
  [pool(null, 2, 16), 9, 7],
  [pool(1, 2, 2), 2, 1],
])("of %o one more is %j, one less %j", (of, more, less) => {
  expect([stepped(of, 1), stepped(of, -1)]).toEqual([more, less]);
});

test.each([
  [undefined, null],
  [null, null],
  [NaN, null],
  [1.5, null],
  [-1, null],
  [2 ** 32, null],
  [0, 0],
  [60, 60],
])("%j as a limit is %j", (typed, limit) => expect(limitFrom(typed)).toBe(limit));

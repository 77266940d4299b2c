import { expect, test } from "vitest";
import type { Key, Pool, Queue } from "../wire/ops.ts";
import { sentence, sums } from "./sentence.ts";

const key = (state: Key["state"]): Key => ({ provider: "openai", key: state, state, weight: 1, usedInWindow: 0, underWay: 0, budgets: [], models: [] });
const pool = (paused: boolean): Pool => ({ provider: "openai", paused, concurrency: null, requestsPerMinute: null, workers: 1, slots: 8, busy: 3 });
const queue = (name: string): Queue => ({ name, ready: 5, unsettled: 3, delayed: 2 });

const busy = {
  keys: [key("active"), key("cooling"), key("revoked")],
  pools: [pool(true)],
  queues: [queue("generation.requests.openai"), queue("accounting.usage")],
  deadLetters: [],
  moreDeadLetters: false,
};
const now = Date.parse("2026-01-01T00:01:10Z");

test("only jobs are counted as waiting, and only active keys as usable", () => {
  expect(sentence(busy, now)).toBe("5 ready, 3 under way, 2 waiting for a retry, 1 of 3 keys usable, 0 dead");
});

test("with nothing there it says so without a retry", () => {
  const nothing = { keys: [], pools: [], queues: [], deadLetters: [], moreDeadLetters: false };
  expect(sentence(nothing, now)).toBe("0 ready, 0 under way, 0 of 0 keys usable, 0 dead");
});

test("what could not be asked is no number", () => {
  const unknown = { keys: null, pools: null, queues: null, deadLetters: null, moreDeadLetters: false };
  expect(sentence(unknown, now)).toBe("jobs unknown, workers unknown, keys unknown, dead letters unknown");
  expect(sentence({ ...busy, keys: null }, now)).toBe("5 ready, 3 under way, 2 waiting for a retry, keys unknown, 0 dead");
  // Which queues are those of jobs is told by the pools.
  expect(sums({ ...busy, pools: null })).toMatchObject({ ready: null, delayed: null, busy: null, slots: null, oldest: null });
});

test("the job that waits longest is told, and that there are more dead letters than are shown", () => {
  const since = (at: string, name: string): Queue => ({ ...queue(name), oldest: at });
  const queues = [since("2026-01-01T00:00:00Z", "generation.requests.openai"), since("2025-01-01T00:00:00Z", "accounting.usage")];
  const told = sentence({ ...busy, queues, moreDeadLetters: true }, now);
  expect(told).toBe("5 ready, the oldest for 70 s, 3 under way, 2 waiting for a retry, 1 of 3 keys usable, 0+ dead");
});

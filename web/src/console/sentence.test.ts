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
};

test("only jobs are counted as waiting, and only active keys as usable", () => {
  expect(sentence(busy)).toBe("5 ready, 3 under way, 2 waiting for a retry, 1 of 3 keys usable, 0 dead");
});

test("what is paused is named", () => {
  expect(sums(busy).paused).toEqual(["openai"]);
});

test("with nothing there it says so without a retry", () => {
  expect(sentence({ keys: [], pools: [], queues: [], deadLetters: [] })).toBe("0 ready, 0 under way, 0 of 0 keys usable, 0 dead");
});

import { expect, test, vi } from "vitest";
import type { Ops } from "../client/ops.ts";
import { Watch } from "./watch.svelte.ts";

/** Lists that are answered by hand, one round after the other. */
function byHand() {
  const rounds: { answer: (slots: number) => void; fail: () => void }[] = [];
  const away = () => Promise.reject(new Error("away"));
  const ops = {
    pools: () => new Promise((resolve, reject) => rounds.push({ answer: (slots) => resolve([{ provider: "p", slots }]), fail: () => reject(new Error("away")) })),
    keys: away,
    workers: () => Promise.resolve([]),
    queues: away,
    deadLetters: away,
  };
  return { watch: new Watch(ops as unknown as Ops), rounds };
}

const soon = () => new Promise((done) => setTimeout(done));

test("what was not answered is not known, not even as none", async () => {
  const { watch, rounds } = byHand();
  const round = watch.refresh();
  expect([watch.workers, watch.missing]).toEqual([null, "Asking…"]);
  await soon();
  rounds[0]!.answer(8);
  await round;
  expect([watch.keys, watch.queues, watch.deadLetters, watch.workers]).toEqual([null, null, null, []]);
  expect([watch.missing, Object.keys(watch.failures)]).toEqual(["Unknown.", ["keys", "queues", "dead letters"]]);
});

test("what fails later keeps what was known", async () => {
  const { watch, rounds } = byHand();
  const first = watch.refresh();
  await soon();
  rounds[0]!.answer(8);
  await first;
  const second = watch.refresh();
  await soon();
  rounds[1]!.fail();
  await second;
  expect(watch.pools).toMatchObject([{ slots: 8 }]);
  expect(watch.failures).toMatchObject({ pools: "away" });
});

test("after a deed those are asked who may know of it, once for all who ask", async () => {
  const { watch, rounds } = byHand();
  void watch.refresh();
  await soon();
  const deeds = [watch.refresh(), watch.refresh()];
  rounds[0]!.answer(8);
  await soon();
  expect(rounds).toHaveLength(2);
  // It is from before the deeds.
  expect(watch.pools).toBeNull();
  rounds[1]!.answer(9);
  await Promise.all(deeds);
  expect(watch.pools).toMatchObject([{ slots: 9 }]);
  expect([watch.rounds, rounds.length]).toEqual([2, 2]);
});

test("a round that another deed made late is no answer to the deed before, and its failure is not told", async () => {
  const { watch, rounds } = byHand();
  void watch.refresh();
  await soon();
  const over = [false, false];
  const first = watch.refresh().then(() => (over[0] = true));
  rounds[0]!.answer(7);
  await soon();
  const second = watch.refresh().then(() => (over[1] = true));
  rounds[1]!.fail();
  await soon();
  expect([over, watch.pools, watch.failures.pools, rounds.length]).toEqual([[false, false], null, undefined, 3]);
  rounds[2]!.answer(9);
  await Promise.all([first, second]);
  expect([over, rounds.length]).toEqual([[true, true], 3]);
  expect(watch.pools).toMatchObject([{ slots: 9 }]);
});

test("the dead letters are listed once, and again and again only while they are looked at", async () => {
  const none = () => Promise.resolve([]);
  const listed: Promise<never>[] = [];
  const deadLetters = vi.fn(() => listed.pop() ?? Promise.resolve({ items: [], nextCursor: "more" }));
  const watch = new Watch({ keys: none, pools: none, workers: none, queues: none, deadLetters } as unknown as Ops);
  await watch.refresh();
  await watch.refresh();
  expect([deadLetters.mock.calls.length, watch.deadLetters, watch.moreDeadLetters, typeof watch.deadLettersAt]).toEqual([1, [], true, "number"]);
  const hide = watch.showLetters();
  await watch.refresh();
  expect(deadLetters).toHaveBeenCalledTimes(2);
  listed.push(Promise.reject(new Error("away")));
  await watch.refresh();
  expect([deadLetters.mock.calls.length, watch.failures]).toEqual([3, { "dead letters": "away" }]);
  hide();
  await watch.refresh();
  // What is not asked for has not failed.
  expect([deadLetters.mock.calls.length, watch.failures, watch.deadLetters]).toEqual([3, {}, []]);
});

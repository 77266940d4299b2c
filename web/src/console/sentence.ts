// How things stand, in one sentence.
import type { DeadLetter, Key, Pool, Queue } from "../wire/ops.ts";
import { age } from "./words.ts";

export interface Standing {
  keys: Key[];
  pools: Pool[];
  queues: Queue[];
  deadLetters: DeadLetter[];
  moreDeadLetters: boolean;
}

/** Jobs wait in queues of this name and the provider's. */
const isOfJobs = (queue: Queue, pools: Pool[]) => pools.some((pool) => queue.name.endsWith(`.${pool.provider}`));

export function sums({ keys, pools, queues, deadLetters, moreDeadLetters }: Standing) {
  const jobs = queues.filter((queue) => isOfJobs(queue, pools));
  const total = <T>(items: T[], of: (item: T) => number) => items.reduce((sum, item) => sum + of(item), 0);
  // Times of one form: their order as texts is theirs as times.
  const oldest = jobs.flatMap((queue) => queue.oldest ?? []).sort()[0] ?? null;
  return {
    oldest,
    ready: total(jobs, (queue) => queue.ready),
    delayed: total(jobs, (queue) => queue.delayed),
    busy: total(pools, (pool) => pool.busy),
    slots: total(pools, (pool) => pool.slots),
    usable: keys.filter((key) => key.state === "active").length,
    keys: keys.length,
    dead: `${deadLetters.length}${moreDeadLetters ? "+" : ""}`,
    paused: pools.filter((pool) => pool.paused).map((pool) => pool.provider),
  };
}

export function sentence(standing: Standing, now: number): string {
  const { oldest, ready, delayed, busy, usable, keys, dead } = sums(standing);
  const parts = [`${ready} ready${oldest ? `, the oldest for ${age(oldest, now)}` : ""}`, `${busy} under way`];
  if (delayed > 0) parts.push(`${delayed} waiting for a retry`);
  parts.push(`${usable} of ${keys} ${keys === 1 ? "key" : "keys"} usable`, `${dead} dead`);
  return parts.join(", ");
}

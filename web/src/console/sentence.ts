// How things stand, in one sentence.
import type { DeadLetter, Key, Pool, Queue } from "../wire/ops.ts";
import { age } from "./words.ts";

/** What is null is not known. */
export interface Standing {
  keys: Key[] | null;
  pools: Pool[] | null;
  queues: Queue[] | null;
  deadLetters: DeadLetter[] | null;
  moreDeadLetters: boolean;
}

/** Jobs wait in queues of this name and the provider's. */
const isOfJobs = (queue: Queue, pools: Pool[]) => pools.some((pool) => queue.name.endsWith(`.${pool.provider}`));

export function sums({ keys, pools, queues, deadLetters, moreDeadLetters }: Standing) {
  const jobs = pools && queues ? queues.filter((queue) => isOfJobs(queue, pools)) : null;
  const total = <T>(items: T[] | null, of: (item: T) => number) => items && items.reduce((sum, item) => sum + of(item), 0);
  // Times of one form: their order as texts is theirs as times.
  const oldest = jobs?.flatMap((queue) => queue.oldest ?? []).sort()[0] ?? null;
  return {
    oldest,
    ready: total(jobs, (queue) => queue.ready),
    delayed: total(jobs, (queue) => queue.delayed),
    busy: total(pools, (pool) => pool.busy),
    slots: total(pools, (pool) => pool.slots),
    usable: total(keys, (key) => (key.state === "active" ? 1 : 0)),
    keys: total(keys, () => 1),
    dead: deadLetters && `${deadLetters.length}${moreDeadLetters ? "+" : ""}`,
  };
}

export function sentence(standing: Standing, now: number): string {
  const { oldest, ready, delayed, busy, usable, keys, dead } = sums(standing);
  const parts = [
    ready === null ? "jobs unknown" : `${ready} ready${oldest ? `, the oldest for ${age(oldest, now)}` : ""}`,
    busy === null ? "workers unknown" : `${busy} under way`,
  ];
  if (delayed) parts.push(`${delayed} waiting for a retry`);
  parts.push(usable === null ? "keys unknown" : `${usable} of ${keys} ${keys === 1 ? "key" : "keys"} usable`);
  parts.push(dead === null ? "dead letters unknown" : `${dead} dead`);
  return parts.join(", ");
}

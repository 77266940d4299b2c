// What can be wished of a pool.
import type { Pool } from "../wire/ops.ts";

/** One slot more or less than each worker has; nothing where nobody says how many that are. */
export function stepped(pool: Pool, by: number): number | null {
  if (pool.concurrency !== null && pool.concurrency !== undefined) return Math.max(1, pool.concurrency + by);
  return pool.workers === 0 ? null : Math.max(1, Math.round(pool.slots / pool.workers) + by);
}

/** What was typed as a limit; nothing when it is none. 0 is for what is configured. */
export function limitFrom(typed: number | null | undefined): number | null {
  return typed !== null && typed !== undefined && Number.isInteger(typed) && typed >= 0 && typed <= MOST ? typed : null;
}

const MOST = 2 ** 32 - 1;

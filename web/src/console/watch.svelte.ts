// What the operators' page shows, asked for again and again while somebody looks.
import type { Ops } from "../client/ops.ts";
import type { DeadLetter, Key, Pool, Queue, Worker } from "../wire/ops.ts";
import { explain } from "../wire/problem.ts";

export const REFRESH_MS = 5000;

export class Watch {
  keys: Key[] = $state.raw([]);
  pools: Pool[] = $state.raw([]);
  workers: Worker[] = $state.raw([]);
  queues: Queue[] = $state.raw([]);
  deadLetters: DeadLetter[] = $state.raw([]);
  /** Whether there are more of them. */
  moreDeadLetters = $state(false);
  /** What could not be asked, by its name. */
  failures: Record<string, string> = $state({});
  loaded = $state(false);
  paused = $state(false);
  readonly ops: Ops;
  private asking: Promise<void> | null = null;

  constructor(ops: Ops) {
    this.ops = ops;
  }

  /** For an effect: asks now and then every few seconds, not while the tab is hidden; returns the way to stop. */
  start(): () => void {
    void this.refresh();
    const look = () => !document.hidden && !this.paused && void this.refresh();
    const timer = setInterval(look, REFRESH_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }

  /** Those who ask at the same time share one round. */
  refresh(): Promise<void> {
    this.asking ??= this.round().finally(() => (this.asking = null));
    return this.asking;
  }

  private async round(): Promise<void> {
    await Promise.all([
      this.take("keys", this.ops.keys(), (keys) => (this.keys = keys)),
      this.take("pools", this.ops.pools(), (pools) => (this.pools = pools)),
      this.take("workers", this.ops.workers(), (workers) => (this.workers = workers)),
      this.take("queues", this.ops.queues(), (queues) => (this.queues = queues)),
      this.take("dead letters", this.ops.deadLetters(), (page) => {
        this.deadLetters = page.items;
        this.moreDeadLetters = page.nextCursor !== null;
      }),
    ]);
    this.loaded = true;
  }

  /** What failed keeps what was known of it, and says so. */
  private async take<T>(name: string, asked: Promise<T>, put: (value: T) => void): Promise<void> {
    try {
      put(await asked);
      delete this.failures[name];
    } catch (error) {
      this.failures[name] = explain(error);
    }
  }
}

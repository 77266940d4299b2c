// What the operators' page shows, asked for again and again while somebody looks.
import type { Ops } from "../client/ops.ts";
import type { DeadLetter, Key, Pool, Queue, Worker } from "../wire/ops.ts";
import { explain } from "../wire/problem.ts";

export const REFRESH_MS = 5000;

/** What is null was not answered yet. */
export class Watch {
  keys: Key[] | null = $state.raw(null);
  pools: Pool[] | null = $state.raw(null);
  workers: Worker[] | null = $state.raw(null);
  queues: Queue[] | null = $state.raw(null);
  deadLetters: DeadLetter[] | null = $state.raw(null);
  /** Whether there are more of them. */
  moreDeadLetters = $state(false);
  /** What could not be asked, by its name. */
  failures: Record<string, string> = $state({});
  /** How many rounds are over: what a page asks besides is asked again with each. */
  rounds = $state(0);
  paused = $state(false);
  readonly ops: Ops;
  private asking: Promise<void> | null = null;
  /** How often somebody wanted to know what comes of a deed. */
  private wanted = 0;
  /** Whose wish of these the last round knew whose answers are shown. */
  private told = 0;

  constructor(ops: Ops) {
    this.ops = ops;
  }

  /** For an effect: asks now and then every few seconds, not while the tab is hidden; returns the way to stop. */
  start(): () => void {
    void this.refresh();
    const look = () => !document.hidden && !this.paused && this.asking === null && void this.refresh();
    const timer = setInterval(look, REFRESH_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }

  /**
   * Resolves after a round that began after the call: one under way may have been answered before what somebody did by then, and
   * what it says is not shown, or a button would say for a moment what it said before. Those who ask at the same time share it,
   * and one that somebody else made late is no answer to anybody.
   */
  async refresh(): Promise<void> {
    const wish = ++this.wanted;
    await this.asking;
    while (this.told < wish) {
      this.asking ??= this.round().finally(() => (this.asking = null));
      await this.asking;
    }
  }

  /** In place of what has no answer. */
  get missing(): string {
    return this.rounds === 0 ? "Asking…" : "Unknown.";
  }

  private async round(): Promise<void> {
    const { wanted } = this;
    const isLate = () => this.wanted !== wanted;
    await Promise.all([
      this.take("keys", this.ops.keys(), (keys) => (this.keys = keys), isLate),
      this.take("pools", this.ops.pools(), (pools) => (this.pools = pools), isLate),
      this.take("workers", this.ops.workers(), (workers) => (this.workers = workers), isLate),
      this.take("queues", this.ops.queues(), (queues) => (this.queues = queues), isLate),
      this.take("dead letters", this.ops.deadLetters(), (page) => {
        this.deadLetters = page.items;
        this.moreDeadLetters = page.nextCursor !== null;
      }, isLate),
    ]);
    if (!isLate()) this.told = wanted;
    this.rounds += 1;
  }

  /** What failed keeps what was known of it, and says so. */
  private async take<T>(name: string, asked: Promise<T>, put: (value: T) => void, isLate: () => boolean): Promise<void> {
    try {
      const value = await asked;
      if (isLate()) return;
      put(value);
      delete this.failures[name];
    } catch (error) {
      if (isLate()) return;
      this.failures[name] = explain(error);
    }
  }
}

// What the operators' page shows, asked for again and again while somebody looks.
import type { Ops } from "../client/ops.ts";
import type { DeadLetter, Key, Pool, Queue, Worker } from "../wire/ops.ts";
import type { Page } from "../wire/shapes.ts";
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
  /** When they were asked for. */
  deadLettersAt: number | null = $state(null);
  /** What could not be asked, by its name. */
  failures: Record<string, string> = $state({});
  /** How many rounds are over: what a page asks besides is asked again with each. */
  rounds = $state(0);
  paused = $state(false);
  readonly ops: Ops;
  private asking: Promise<void> | null = null;
  /** Whether they are on the screen. */
  private showsLetters = false;
  /** Whether an answer to that was shown, or that there was none. */
  private hasAskedForLetters = false;
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

  /** For an effect: while the dead letters are on the screen they are asked for, too; returns the way to stop. */
  showLetters(): () => void {
    this.showsLetters = true;
    void this.refresh();
    return () => (this.showsLetters = false);
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
      this.askForLetters(isLate),
    ]);
    if (!isLate()) this.told = wanted;
    this.rounds += 1;
  }

  /**
   * To list them the server takes every one of them from the broker and gives it back, and nothing tells their number alone: it is done
   * once, for the overview, and again and again only where they are looked at.
   */
  private async askForLetters(isLate: () => boolean): Promise<void> {
    const name = "dead letters";
    if (this.hasAskedForLetters && !this.showsLetters) {
      delete this.failures[name];
      return;
    }
    const at = Date.now();
    const put = (page: Page<DeadLetter>) => {
      this.deadLetters = page.items;
      this.moreDeadLetters = page.nextCursor !== null;
      this.deadLettersAt = at;
    };
    await this.take(name, this.ops.deadLetters(), put, isLate);
    if (!isLate()) this.hasAskedForLetters = true;
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

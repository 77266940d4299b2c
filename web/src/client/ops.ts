// The operators' routes, by name.
import type { AuditEntry, Choice, Count, DeadLetter, DeadLetterDetail, Deed, Explained, Job, Key, ModelUsage, Pool, PoolChange, Queue, Worker } from "../wire/ops.ts";
import { explain } from "../wire/problem.ts";
import type { Page } from "../wire/shapes.ts";
import type { Http } from "./http.ts";
import { within } from "./patience.ts";

/** Longer than any list takes: what has no answer by then has none. */
const LIST_MS = 20_000;
/** A deed may take many steps, and goes on when nobody waits for it any more. */
const DEED_MS = 60_000;

const behind = (cursor: string | null) => (cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`);

const at = (...parts: string[]) => `/api/ops/${parts.map(encodeURIComponent).join("/")}`;

/** A deed that failed when it was done with some. */
export class Unfinished extends Error {
  readonly done: number;

  constructor(done: number, cause: unknown) {
    super(explain(cause), { cause });
    this.name = "Unfinished";
    this.done = done;
  }
}

export class Ops {
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  keys = () => this.list<Key>("keys");
  pools = () => this.list<Pool>("pools");
  workers = () => this.list<Worker>("workers");
  queues = () => this.list<Queue>("queues");
  /** The oldest ones, and whether there are more. */
  deadLetters = (cursor: string | null = null) => this.get<Page<DeadLetter>>(`${at("dead-letters")}${behind(cursor)}`);

  /** All of them, page by page. */
  async everyDeadLetter(): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for (let cursor: string | null = null; ; ) {
      const page: Page<DeadLetter> = await this.deadLetters(cursor);
      letters.push(...page.items);
      if (page.nextCursor === null) return letters;
      cursor = page.nextCursor;
    }
  }

  deadLetter = (messageId: string) => this.get<DeadLetterDetail>(at("dead-letters", messageId));

  /** A page of the generations that have not ended, the oldest first; `query` says from where, and in which state. */
  jobs = (query: string) => this.get<Page<Job>>(`${at("generations")}?${query}`);

  /** A page of the audit book, the newest first. */
  audit(cursor: string | null): Promise<Page<AuditEntry>> {
    return this.get(`${at("audit")}${behind(cursor)}`);
  }

  usage = () => this.list<ModelUsage>("usage");

  enableKey(key: Key, enabled: boolean): Promise<Key> {
    return this.post(at("keys", key.provider, key.key, enabled ? "enable" : "disable"));
  }

  /** Waits for what a worker finds; some seconds. */
  testKey(key: Key): Promise<Key> {
    return this.post(at("keys", key.provider, key.key, "test"));
  }

  changePool(provider: string, change: PoolChange): Promise<Pool> {
    return within(DEED_MS, (signal) => this.http.json(at("pools", provider), { method: "PATCH", body: change, signal }));
  }

  async drainWorker(worker: string, drained: boolean): Promise<void> {
    await this.tell(at("workers", worker, drained ? "drain" : "resume"));
  }

  /** With how many it would be done; `until` says when that was. */
  count(deed: Deed, choice: Choice): Promise<Count> {
    return this.through(deed, choice, { dryRun: true });
  }

  /** Does it with those that were here `until` they were counted: who came later was seen by nobody. */
  carryOut(deed: Deed, choice: Choice, until: string): Promise<Count> {
    return this.through(deed, choice, { until });
  }

  explain(generationId: string): Promise<Explained> {
    return this.get(at("generations", generationId));
  }

  async cancel(generationId: string): Promise<void> {
    await this.tell(at("generations", generationId, "cancel"));
  }

  async retry(generationId: string): Promise<void> {
    await this.tell(at("generations", generationId, "retry"));
  }

  /** As many at once as are looked at at once, until there are no more. */
  private async through(deed: Deed, choice: Choice, begin: { dryRun: true } | { until: string }): Promise<Count> {
    const sum = { matching: 0, done: 0, ended: 0 };
    let onwards: object = begin;
    for (;;) {
      const count: Count = await this.post<Count>(at("dead-letters", deed), { ...choice, ...onwards }).catch((error: unknown) => {
        throw sum.done > 0 ? new Unfinished(sum.done, error) : error;
      });
      sum.matching += count.matching;
      sum.done += count.done;
      sum.ended += count.ended;
      if (!count.nextCursor) return { ...count, ...sum };
      onwards = { ...onwards, cursor: count.nextCursor, until: count.until };
    }
  }

  private async list<T>(name: string): Promise<T[]> {
    return (await this.get<{ items: T[] }>(at(name))).items;
  }

  private get<T>(path: string): Promise<T> {
    return within(LIST_MS, (signal) => this.http.json(path, { signal }));
  }

  private post<T>(path: string, body?: object): Promise<T> {
    return within(DEED_MS, (signal) => this.http.json(path, { method: "POST", body, signal }));
  }

  private tell(path: string): Promise<unknown> {
    return within(DEED_MS, (signal) => this.http.send(path, { method: "POST", signal }));
  }
}

// The operators' routes, by name.
import type { AuditEntry, Choice, Count, DeadLetter, DeadLetterDetail, Explained, Job, Key, ModelUsage, Pool, Queue, Worker } from "../wire/ops.ts";
import type { Page } from "../wire/shapes.ts";
import type { Http } from "./http.ts";

const at = (...parts: string[]) => `/api/ops/${parts.map(encodeURIComponent).join("/")}`;

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
  deadLetters = () => this.http.json<Page<DeadLetter>>(at("dead-letters"));

  deadLetter = (messageId: string) => this.http.json<DeadLetterDetail>(at("dead-letters", messageId));

  /** A page of the generations that have not ended, the oldest first; `query` says from where, and in which state. */
  jobs = (query: string) => this.http.json<Page<Job>>(`${at("generations")}?${query}`);

  /** A page of the audit book, the newest first. */
  audit(cursor: string | null): Promise<Page<AuditEntry>> {
    return this.http.json(`${at("audit")}${cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`}`);
  }

  usage = () => this.list<ModelUsage>("usage");

  enableKey(key: Key, enabled: boolean): Promise<Key> {
    return this.post(at("keys", key.provider, key.key, enabled ? "enable" : "disable"));
  }

  /** Waits for what a worker finds; some seconds. */
  testKey(key: Key): Promise<Key> {
    return this.post(at("keys", key.provider, key.key, "test"));
  }

  changePool(provider: string, change: { paused?: boolean; concurrency?: number; requestsPerMinute?: number }): Promise<Pool> {
    return this.http.json(at("pools", provider), { method: "PATCH", body: change });
  }

  async drainWorker(worker: string, drained: boolean): Promise<void> {
    await this.http.send(at("workers", worker, drained ? "drain" : "resume"), { method: "POST" });
  }

  replay(choice: Choice, dryRun = false): Promise<Count> {
    return this.through("replay", { ...choice, dryRun });
  }

  drop(choice: Choice, dryRun = false): Promise<Count> {
    return this.through("drop", { ...choice, dryRun });
  }

  explain(generationId: string): Promise<Explained> {
    return this.http.json(at("generations", generationId));
  }

  async cancel(generationId: string): Promise<void> {
    await this.http.send(at("generations", generationId, "cancel"), { method: "POST" });
  }

  async retry(generationId: string): Promise<void> {
    await this.http.send(at("generations", generationId, "retry"), { method: "POST" });
  }

  /** As many at once as are looked at at once, until there are no more. */
  private async through(deed: string, choice: object): Promise<Count> {
    const sum = { matching: 0, done: 0, ended: 0 };
    let onwards = {};
    for (;;) {
      const count: Count = await this.post(at("dead-letters", deed), { ...choice, ...onwards });
      sum.matching += count.matching;
      sum.done += count.done;
      sum.ended += count.ended;
      if (!count.nextCursor) return { ...count, ...sum };
      onwards = { cursor: count.nextCursor, until: count.until };
    }
  }

  private async list<T>(name: string): Promise<T[]> {
    return (await this.http.json<{ items: T[] }>(at(name))).items;
  }

  private post<T>(path: string, body?: object): Promise<T> {
    return this.http.json(path, { method: "POST", body });
  }
}

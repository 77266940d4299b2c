// The operators' routes, by name.
import type { Choice, Count, DeadLetter, Explained, Key, ModelUsage, Pool, Queue, Worker } from "../wire/ops.ts";
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
  deadLetters = () => this.list<DeadLetter>("dead-letters");

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
    return this.post(at("dead-letters", "replay"), { ...choice, dryRun });
  }

  drop(choice: Choice, dryRun = false): Promise<Count> {
    return this.post(at("dead-letters", "drop"), { ...choice, dryRun });
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

  private async list<T>(name: string): Promise<T[]> {
    return (await this.http.json<{ items: T[] }>(at(name))).items;
  }

  private post<T>(path: string, body?: object): Promise<T> {
    return this.http.json(path, { method: "POST", body });
  }
}

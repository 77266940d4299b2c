// One authorised request: JSON in, JSON out, a 401 met once by a refresh.
import { Unreachable, problemFrom } from "../wire/problem.ts";
import { within } from "./patience.ts";
import type { Fetch, Session } from "./session.ts";

export interface Call {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  body?: object;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Much longer than anything takes that is no stream and no file, also with a refresh before it: who waits on would wait for ever. */
const PATIENCE_MS = 20_000;

export class Http {
  private readonly fetch: Fetch;
  private readonly session: Session;

  constructor(fetch: Fetch, session: Session) {
    this.fetch = fetch;
    this.session = session;
  }

  /** What was answered; `Unreachable` when nothing was within a time, which who gives a signal says. */
  json<T>(path: string, call: Call = {}): Promise<T> {
    return call.signal ? this.read(path, call) : within(PATIENCE_MS, (signal) => this.read<T>(path, { ...call, signal }));
  }

  /** The response, always a good one; `Problem` or `Unreachable` otherwise. An aborted call rejects with its abort. */
  async send(path: string, call: Call = {}): Promise<Response> {
    const asker = this.session.user?.id;
    let response = await this.once(path, call);
    if (response.status === 401 && (await this.renewed(asker))) response = await this.once(path, call);
    if (!response.ok) throw await problemFrom(response);
    return response;
  }

  private async read<T>(path: string, call: Call): Promise<T> {
    const response = await this.send(path, call);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  /** Whether there is a new token of whoever asked. Another who has signed in meanwhile, in this browser, did not ask for this. */
  private async renewed(asker: string | undefined): Promise<boolean> {
    if (!(await this.session.refresh())) return false;
    return asker === undefined || this.session.user?.id === asker;
  }

  private async once(path: string, call: Call): Promise<Response> {
    const headers: Record<string, string> = { accept: "application/json", ...call.headers, ...this.session.authorization() };
    if (call.body) headers["content-type"] = "application/json";
    try {
      return await this.fetch(path, {
        method: call.method ?? "GET",
        headers,
        body: call.body ? JSON.stringify(call.body) : undefined,
        signal: call.signal,
        cache: "no-store",
      });
    } catch (error) {
      if (call.signal?.aborted) throw error;
      throw new Unreachable(error);
    }
  }
}


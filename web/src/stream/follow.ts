// Follows one stream to its end across lost connections: reconnects with Last-Event-ID, backs off, notices silence.
import { parseEvent, type StreamEvent } from "../wire/event.ts";
import { Problem } from "../wire/problem.ts";
import { backoff, pause } from "./backoff.ts";
import { SseParser } from "./sse.ts";

/** The server sends a comment every 15 s; three missed ones mean the connection is dead. */
const SILENCE_MS = 45_000;
const DEFAULT_RETRY_MS = 1_000;

export interface Following {
  /** Opens the stream; throws `Problem` for an answer that is no stream, anything else when the network is away. */
  open(lastEventId: string | null, signal: AbortSignal): Promise<Response>;
  onEvent(seq: number, event: StreamEvent): void;
  onConnection(state: "open" | "lost"): void;
  lastSeq(): number | null;
  finished(): boolean;
  signal: AbortSignal;
  random?: () => number;
  pause?: typeof pause;
}

/** `done`: the end was seen. `over`: the server says there is nothing more. `gone`: no such stream. */
export type End = "done" | "over" | "gone" | "aborted";

export async function follow(f: Following): Promise<End> {
  let tries = 0;
  let base = DEFAULT_RETRY_MS;
  while (!f.signal.aborted) {
    const round = await connectOnce(f);
    if (round.end) return round.end;
    if (f.finished()) return "done";
    if (f.signal.aborted) break;
    f.onConnection("lost");
    base = round.retry ?? base;
    tries = round.progressed ? 0 : tries + 1;
    const wait = Math.max(backoff(tries, base, f.random), round.notBefore ?? 0);
    await (f.pause ?? pause)(wait, f.signal);
  }
  return "aborted";
}

interface Round {
  end?: End;
  progressed: boolean;
  retry: number | null;
  /** Milliseconds the server asked us to stay away. */
  notBefore?: number;
}

async function connectOnce(f: Following): Promise<Round> {
  const round: Round = { progressed: false, retry: null };
  const inner = new AbortController();
  const abort = () => inner.abort();
  f.signal.addEventListener("abort", abort);
  try {
    const seq = f.lastSeq();
    const response = await f.open(seq === null ? null : String(seq), inner.signal);
    if (response.status === 204 || response.body === null) return { ...round, end: "over" };
    f.onConnection("open");
    await read(response.body, f, round, abort);
  } catch (error) {
    refused(error, f, round);
  } finally {
    f.signal.removeEventListener("abort", abort);
    inner.abort();
  }
  return round;
}

function refused(error: unknown, f: Following, round: Round): void {
  // Anything but a problem is a lost connection: the loop reconnects, and a `signal` that aborted ends it.
  if (!(error instanceof Problem)) return;
  const passing = error.status === 408 || error.status === 429 || error.status >= 500;
  if (!passing) round.end = f.signal.aborted ? "aborted" : "gone";
  if (error.retryAt) round.notBefore = Math.max(0, Date.parse(error.retryAt) - Date.now());
}

async function read(body: ReadableStream<Uint8Array>, f: Following, round: Round, abort: () => void): Promise<void> {
  const parser = new SseParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let watchdog = setTimeout(abort, SILENCE_MS);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(watchdog);
      watchdog = setTimeout(abort, SILENCE_MS);
      for (const event of parser.push(decoder.decode(value, { stream: true }))) deliver(event, f, round);
      round.retry = parser.retry;
      if (f.finished()) return;
    }
  } finally {
    clearTimeout(watchdog);
  }
}

function deliver(event: { id: string; data: string }, f: Following, round: Round): void {
  const parsed = parseEvent(event.data);
  const seq = Number(event.id);
  if (parsed === null || event.id === "" || !Number.isSafeInteger(seq)) return;
  round.progressed = true;
  f.onEvent(seq, parsed);
}


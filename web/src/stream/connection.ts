// Keeps one event stream open across lost connections: reconnects, backs off, notices silence. What it carries is its user's.
import { Problem } from "../wire/problem.ts";
import { backoff, pause } from "./backoff.ts";
import { SseParser, type SseEvent } from "./sse.ts";

/** The server sends a comment every 15 s; three missed ones mean the connection is dead. */
const SILENCE_MS = 45_000;
const DEFAULT_RETRY_MS = 1_000;

export interface Stream {
  /** Opens the stream; throws `Problem` for an answer that is no stream, anything else when the network is away. */
  open(signal: AbortSignal): Promise<Response>;
  onEvent(event: SseEvent): void;
  onConnection(state: "open" | "lost"): void;
  finished(): boolean;
  /** Whether the last connection brought something: then the next try is the first one again. */
  progressed(): boolean;
  signal: AbortSignal;
  random?: () => number;
  pause?: typeof pause;
}

/** `done`: the end was seen. `over`: the server says there is nothing more. `gone`: no such stream. */
export type End = "done" | "over" | "gone" | "aborted";

export async function stayConnected(stream: Stream): Promise<End> {
  let tries = 0;
  let base = DEFAULT_RETRY_MS;
  while (!stream.signal.aborted) {
    const round = await connectOnce(stream);
    if (round.end) return round.end;
    if (stream.finished()) return "done";
    if (stream.signal.aborted) break;
    stream.onConnection("lost");
    base = round.retry ?? base;
    tries = stream.progressed() ? 0 : tries + 1;
    const wait = Math.max(backoff(tries, base, stream.random), round.notBefore ?? 0);
    await (stream.pause ?? pause)(wait, stream.signal);
  }
  return "aborted";
}

interface Round {
  end?: End;
  retry: number | null;
  /** Milliseconds the server asked us to stay away. */
  notBefore?: number;
}

async function connectOnce(stream: Stream): Promise<Round> {
  const round: Round = { retry: null };
  const inner = new AbortController();
  const abort = () => inner.abort();
  const watchdog = new Watchdog(abort);
  stream.signal.addEventListener("abort", abort);
  try {
    const response = await Promise.race([stream.open(inner.signal), aborted(inner.signal)]);
    if (response.status === 204 || response.body === null) return { ...round, end: "over" };
    stream.onConnection("open");
    await read(response.body, stream, round, watchdog);
  } catch (error) {
    refused(error, stream, round);
  } finally {
    watchdog.stop();
    stream.signal.removeEventListener("abort", abort);
    inner.abort();
  }
  return round;
}

/** Barks after silence; also while the connection opens, which may take forever as well. */
class Watchdog {
  private timer: ReturnType<typeof setTimeout>;
  private readonly bark: () => void;

  constructor(bark: () => void) {
    this.bark = bark;
    this.timer = setTimeout(bark, SILENCE_MS);
  }

  heard(): void {
    this.stop();
    this.timer = setTimeout(this.bark, SILENCE_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}

/** For what waits for something that no signal ends. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
}

function refused(error: unknown, stream: Stream, round: Round): void {
  // Anything but a problem is a lost connection: the loop reconnects, and a `signal` that aborted ends it.
  if (!(error instanceof Problem)) return;
  const passing = error.status === 408 || error.status === 429 || error.status >= 500;
  if (!passing) round.end = stream.signal.aborted ? "aborted" : "gone";
  if (error.retryAt) round.notBefore = Math.max(0, Date.parse(error.retryAt) - Date.now());
}

async function read(body: ReadableStream<Uint8Array>, stream: Stream, round: Round, watchdog: Watchdog): Promise<void> {
  const parser = new SseParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    watchdog.heard();
    for (const event of parser.push(decoder.decode(value, { stream: true }))) stream.onEvent(event);
    round.retry = parser.retry;
    if (stream.finished()) return;
  }
}

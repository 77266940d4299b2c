// Follows one answer's stream to its end, across lost connections: each goes on behind the last event.
import { parseEvent, type StreamEvent } from "../wire/event.ts";
import type { pause } from "./backoff.ts";
import { stayConnected, type End } from "./connection.ts";
import type { SseEvent } from "./sse.ts";

export type { End } from "./connection.ts";

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

export function follow(f: Following): Promise<End> {
  let progressed = false;
  return stayConnected({
    open: (signal) => {
      progressed = false;
      const seq = f.lastSeq();
      return f.open(seq === null ? null : String(seq), signal);
    },
    onEvent: (event) => (progressed = deliver(event, f) || progressed),
    onConnection: (state) => f.onConnection(state),
    finished: () => f.finished(),
    progressed: () => progressed,
    signal: f.signal,
    random: f.random,
    pause: f.pause,
  });
}

function deliver(event: SseEvent, f: Following): boolean {
  const parsed = parseEvent(event.data);
  const seq = Number(event.id);
  if (parsed === null || event.id === "" || !Number.isSafeInteger(seq)) return false;
  f.onEvent(seq, parsed);
  return true;
}

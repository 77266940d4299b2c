// Sending a message so that a lost answer from the server never sends it twice: the same request id is used again.
import { backoff, pause } from "../stream/backoff.ts";
import { isUnknown } from "../wire/problem.ts";

const TRIES = 4;
const BASE_MS = 500;

/**
 * Tries again while nobody knows what became of it, then rejects with the last failure; any answer that says it ends it at once. Once
 * `signal` says that its chat was closed nothing is asked any more: another user may have signed in by then.
 */
export async function persistently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tries = 0; ; tries++) {
    signal.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      if (!isUnknown(error) || tries + 1 >= TRIES || signal.aborted) throw error;
      await pause(backoff(tries, BASE_MS), signal);
    }
  }
}

/** A title from the first words of the first message. */
export function titleFrom(text: string): string {
  const first = text.trim().split("\n")[0] ?? "";
  const line = first.replace(/^[#>*\-`\s]+/, "").replace(/\s+/g, " ").trim();
  // By characters: half of one is no text, and refused.
  const letters = [...line];
  if (letters.length <= 60) return line || "New chat";
  return `${letters.slice(0, Math.max(letters.lastIndexOf(" ", 59), 30)).join("").trimEnd()}…`;
}

// How long to wait before asking again: doubling, capped, with jitter so that a restart is not met by everybody at once.
export const LONGEST_WAIT_MS = 30_000;

export function backoff(tries: number, baseMs: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_WAIT_MS, baseMs * 2 ** Math.min(tries, 10));
  return Math.round(full * (0.5 + random() / 2));
}

/** Resolves after `ms`, at once when `signal` aborts, and early when the browser says the network is back. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      globalThis.removeEventListener?.("online", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
    globalThis.addEventListener?.("online", end);
  });
}

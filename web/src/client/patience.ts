// Calls that end: one that hangs would hold up all that is asked with it.
import { Unreachable } from "../wire/problem.ts";

/** Rejects when `ask` has not answered after `ms`, whatever it waits for, and gives it up. */
export function within<T>(ms: number, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Unreachable(null, "The server did not answer in time."));
      controller.abort();
    }, ms);
    void ask(controller.signal)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

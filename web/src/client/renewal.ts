// When a refresh is asked for, and asked for again. For ten seconds the server answers the same cookie with the same successor; later
// it looks like that of a thief, and ends the sign-in. An answer comes within four seconds, or not at all.
import { within } from "./patience.ts";

/** Who has waited this long asks once more, beside the first: that may be on its way still, and whichever is answered will do. */
const SECOND_MS = 3_000;
/** What has no answer by then has none, and is given up: it is not to arrive when the tolerance is over. */
const PATIENCE_MS = 8_000;
/** No try begins later than this after the first that the server may have taken: there has to be time left to arrive. */
const WINDOW_MS = 8_000;
const RETRY_MS = 1_500;

/** What comes first of `ask` and of a second one beside it; rejects when none succeeds. What is late is given up. */
export function besides<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return within(PATIENCE_MS, async (signal) => {
    const open = new Set<AbortController>();
    const giveUp = () => open.forEach((one) => one.abort());
    signal.addEventListener("abort", giveUp);
    const one = async () => {
      const controller = new AbortController();
      open.add(controller);
      return ask(controller.signal).finally(() => open.delete(controller));
    };
    return first(one, SECOND_MS, () => open.size > 0).finally(giveUp);
  });
}

/** The tries with one cookie, which may be the answer to none of them. */
export class Tries {
  private firstAt: number | null = null;

  begin(now: number): void {
    // Beyond it nothing is left but to hope that none was taken; then this one is the first.
    if (this.firstAt === null || now - this.firstAt > WINDOW_MS) this.firstAt = now;
  }

  /** There is another cookie, or none. */
  end(): void {
    this.firstAt = null;
  }

  /** How long to wait with the next one, while the access token is good until `tokenEnd`: what may end the sign-in can wait for that. */
  wait(now: number, tokenEnd: number): number {
    const isInTime = this.firstAt === null || now + RETRY_MS - this.firstAt <= WINDOW_MS - SECOND_MS;
    return isInTime ? RETRY_MS : Math.max(RETRY_MS, tokenEnd - now);
  }
}

/** The first success of `ask`, which is asked again after `ms` unless it has failed by then; the last failure when none is under way. */
function first<T>(ask: () => Promise<T>, ms: number, isUnderWay: () => boolean): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const asked = new Promise<T>((resolve, reject) => {
    const begin = () => void ask().then(resolve, (error: Error) => isUnderWay() || reject(error));
    timer = setTimeout(begin, ms);
    begin();
  });
  return asked.finally(() => clearTimeout(timer));
}

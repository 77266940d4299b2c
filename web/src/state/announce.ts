// What a screen reader hears: each change once, the countdown at 60, 30, 10 and 0 only. Failures are the strip's alert.
import type { AnswerView } from "./live.svelte.ts";
import { secondsLeft } from "./strip.ts";

const MARKS = [60, 30, 10, 0];

export class Announcer {
  private said = "";
  private wait = "";

  /** What to say now, or null to stay quiet. */
  next(view: AnswerView | null, now: number): string | null {
    const text = view ? this.text(view, now) : null;
    const key = `${view?.id}:${text}`;
    if (text === null || key === this.said) return null;
    this.said = key;
    return text;
  }

  private text(view: AnswerView, now: number): string | null {
    if (view.lost) return "Reconnecting. The answer continues on the server.";
    switch (view.phase) {
      case "queued":
        return "Queued";
      case "streaming":
        return view.attempt > 1 ? `Generating, attempt ${view.attempt}` : "Generating";
      case "waiting":
        return this.waiting(view, now);
      case "succeeded":
        return "Answer complete";
      case "canceled":
        return "Stopped, partial answer kept";
      case "failed":
        return null;
    }
  }

  private waiting(view: AnswerView, now: number): string | null {
    const seconds = secondsLeft(view.retryAt, now);
    if (seconds === null || seconds === 0) return `Retrying now, attempt ${view.attempt}`;
    const wait = `${view.id}:${view.attempt}:${view.retryAt}`;
    const first = wait !== this.wait;
    this.wait = wait;
    return first || MARKS.includes(seconds) ? `Retrying in ${seconds} seconds, attempt ${view.attempt}` : null;
  }
}

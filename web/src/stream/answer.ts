// One answer as its events build it: text that can be taken back by a retry, and what to say about it meanwhile.
import type { StreamEvent } from "../wire/event.ts";
import type { Generation } from "../wire/shapes.ts";

export type Phase = "queued" | "streaming" | "waiting" | "succeeded" | "failed" | "canceled";

export interface Usage {
  inputTokens: number | null;
  outputTokens: number | null;
}

export interface Failure {
  code: string;
  message: string;
}

export class Answer {
  phase: Phase = "queued";
  text = "";
  attempt = 1;
  model: string | null = null;
  reason: string | null = null;
  retryAt: string | null = null;
  usage: Usage | null = null;
  failure: Failure | null = null;
  messageId: string | null = null;
  /** The newest sequence number taken; what `Last-Event-ID` says on reconnect. */
  lastSeq: number | null = null;
  /** Where each delta begins in `text`, so that a retry can cut. Ascending in both. */
  private starts: { seq: number; offset: number }[] = [];

  get finished(): boolean {
    return this.phase === "succeeded" || this.phase === "failed" || this.phase === "canceled";
  }

  /** Takes one event; false when it was seen before or comes after the end. */
  apply(seq: number, event: StreamEvent): boolean {
    if (this.finished || (this.lastSeq !== null && seq <= this.lastSeq)) return false;
    this.lastSeq = seq;
    this.take(seq, event);
    return true;
  }

  /** Takes what the generation's own record says, for a stream that ended before we saw the end. */
  settle(generation: Generation): void {
    this.model = generation.model ?? this.model;
    this.attempt = generation.attempt ?? this.attempt;
    this.retryAt = generation.retryAt ?? null;
    this.messageId = generation.messageId ?? this.messageId;
    if (generation.inputTokens !== null || generation.outputTokens !== null) {
      this.usage = { inputTokens: generation.inputTokens, outputTokens: generation.outputTokens };
    }
    if (generation.errorCode || generation.errorMessage) {
      this.failure = { code: generation.errorCode ?? "failed", message: generation.errorMessage ?? "The answer failed." };
    }
    this.phase = generation.status === "queued" && generation.retryAt ? "waiting" : generation.status;
  }

  private take(seq: number, event: StreamEvent): void {
    switch (event.type) {
      case "status":
        return this.status(event.status, event.attempt, event.model);
      case "delta":
        this.starts.push({ seq, offset: this.text.length });
        this.text += event.delta;
        return this.flowing();
      case "retry":
        return this.retry(event);
      case "usage":
        this.usage = { inputTokens: event.inputTokens, outputTokens: event.outputTokens };
        return;
      case "error":
        this.failure = { code: event.code, message: event.message };
        return;
      case "done":
        this.phase = event.status;
        this.messageId = event.messageId ?? null;
        this.retryAt = null;
    }
  }

  private status(status: string, attempt: number | undefined, model: string | undefined): void {
    if (attempt !== undefined) this.attempt = attempt;
    if (model !== undefined) this.model = model;
    if (status === "streaming") this.flowing();
    else if (status === "queued") this.phase = "queued";
  }

  private flowing(): void {
    this.phase = "streaming";
    this.reason = null;
    this.retryAt = null;
    this.failure = null;
  }

  private retry(event: Extract<StreamEvent, { type: "retry" }>): void {
    if (typeof event.discardFromSeq === "number") this.discard(event.discardFromSeq);
    this.phase = "waiting";
    this.attempt = event.attempt;
    this.reason = event.reason;
    this.retryAt = event.retryAt ?? null;
    this.usage = null;
  }

  private discard(fromSeq: number): void {
    const cut = this.starts.findIndex((s) => s.seq >= fromSeq);
    if (cut < 0) return;
    this.text = this.text.slice(0, this.starts[cut]?.offset);
    this.starts.length = cut;
  }
}

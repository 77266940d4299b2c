// One generation on the screen: its stream followed to the end, shown once per animation frame.
import type { Api } from "../client/api.ts";
import { Answer, type Failure, type Phase, type Usage } from "../stream/answer.ts";
import { backoff, pause } from "../stream/backoff.ts";
import { follow, type End } from "../stream/follow.ts";
import { Problem, explain } from "../wire/problem.ts";
import type { Generation } from "../wire/shapes.ts";
import { Frame } from "./frame.ts";

export interface AnswerView {
  id: string;
  phase: Phase;
  text: string;
  attempt: number;
  model: string | null;
  reason: string | null;
  retryAt: string | null;
  usage: Usage | null;
  failure: Failure | null;
  /** The stream is being reconnected; the answer goes on without us. */
  lost: boolean;
  stopping: boolean;
}

export class LiveAnswer {
  readonly id: string;
  view: AnswerView = $state.raw() as AnswerView;
  /** The stored answer, once it is known. */
  messageId: string | null = null;
  /** True when the text may have holes because the end came from the record, not from the stream. */
  fromRecord = false;
  private readonly api: Api;
  private readonly answer = new Answer();
  private readonly frame = new Frame(() => this.show());
  private readonly controller = new AbortController();
  private lost = false;
  private stopping = false;

  constructor(api: Api, id: string) {
    this.api = api;
    this.id = id;
    this.view = this.snapshot();
  }

  /** An answer that ended before this page was opened. */
  static ended(api: Api, generation: Generation, text: string): LiveAnswer {
    const live = new LiveAnswer(api, generation.id);
    live.answer.text = text;
    live.answer.settle(generation);
    live.show();
    return live;
  }

  get finished(): boolean {
    return this.answer.finished;
  }

  /** Follows to the end; resolves when it is known, or the view was closed. */
  async run(): Promise<void> {
    const { signal } = this.controller;
    const end = await follow({
      open: (last, inner) => this.api.stream(this.id, last, inner),
      onEvent: (seq, event) => this.answer.apply(seq, event) && this.frame.request(),
      onConnection: (state) => this.connection(state === "lost"),
      lastSeq: () => this.answer.lastSeq,
      finished: () => this.answer.finished,
      signal,
    });
    if (!signal.aborted && !this.answer.finished) await this.askRecord(end, signal);
    this.messageId = this.answer.messageId;
    this.stopping = false;
    this.lost = false;
    this.show();
  }

  /** Asks the server to stop; the stream says when it has. */
  async stop(): Promise<void> {
    if (this.finished || this.stopping) return;
    this.stopping = true;
    this.show();
    try {
      await this.api.cancel(this.id);
    } catch (error) {
      this.stopping = false;
      this.show();
      // Over already: the stream is about to say so.
      if (!(error instanceof Problem && error.status === 409)) throw error;
    }
  }

  /** Stops following; the answer goes on on the server. */
  close(): void {
    this.controller.abort();
  }

  /** The stream has nothing for us: the generation's record has the last word. */
  private async askRecord(end: End, signal: AbortSignal): Promise<void> {
    this.fromRecord = true;
    for (let tries = 0; !signal.aborted && !this.answer.finished; tries++) {
      try {
        this.answer.settle(await this.api.generation(this.id));
      } catch (error) {
        if (error instanceof Problem && error.status < 500) return this.fail(end === "gone" ? "gone" : error.code, explain(error));
        this.connection(true);
      }
      if (!this.answer.finished) await pause(backoff(tries, 1000), signal);
    }
  }

  private fail(code: string, message: string): void {
    this.answer.failure = { code, message };
    this.answer.phase = "failed";
  }

  private connection(lost: boolean): void {
    if (this.lost === lost) return;
    this.lost = lost;
    this.show();
  }

  private show(): void {
    this.view = this.snapshot();
  }

  private snapshot(): AnswerView {
    const { phase, text, attempt, model, reason, retryAt, usage, failure } = this.answer;
    return { id: this.id, phase, text, attempt, model, reason, retryAt, usage, failure, lost: this.lost, stopping: this.stopping };
  }
}

export function isOver(live: LiveAnswer): boolean {
  return live.view.phase === "succeeded" || live.view.phase === "failed" || live.view.phase === "canceled";
}

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
  private isClosed = false;
  private isWatched: boolean;
  /** Ends the stream that is held, if any. */
  private connection: AbortController | null = null;
  /** Goes on when somebody looks again. */
  private wake = () => {};
  private lost = false;
  private stopping = false;

  /** `isWatched` says whether somebody looks. */
  constructor(api: Api, id: string, isWatched = true) {
    this.api = api;
    this.id = id;
    this.isWatched = isWatched;
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

  /** Follows to the end, while somebody looks; resolves when it is known, or the view was closed. */
  async run(): Promise<void> {
    while (!this.isClosed && !this.answer.finished) {
      if (this.isWatched) await this.connect();
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
    this.messageId = this.answer.messageId;
    this.stopping = false;
    this.lost = false;
    this.show();
  }

  /** Lets go of its stream while nobody looks: a browser opens few. It goes on behind the last event. */
  watch(isWatched: boolean): void {
    this.isWatched = isWatched;
    if (isWatched) this.wake();
    else this.connection?.abort();
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
    this.isClosed = true;
    this.connection?.abort();
    this.wake();
  }

  private async connect(): Promise<void> {
    this.connection = new AbortController();
    const { signal } = this.connection;
    const end = await follow({
      open: (last, inner) => this.api.stream(this.id, last, inner),
      onEvent: (seq, event) => this.answer.apply(seq, event) && this.frame.request(),
      onConnection: (state) => this.connected(state === "open"),
      lastSeq: () => this.answer.lastSeq,
      finished: () => this.answer.finished,
      signal,
    });
    if (!signal.aborted && !this.answer.finished) await this.askRecord(end, signal);
  }

  /** The stream has nothing for us: the generation's record has the last word. */
  private async askRecord(end: End, signal: AbortSignal): Promise<void> {
    this.fromRecord = true;
    for (let tries = 0; !signal.aborted && !this.answer.finished; tries++) {
      try {
        this.answer.settle(await this.api.generation(this.id));
      } catch (error) {
        if (error instanceof Problem && error.status < 500) return this.fail(end === "gone" ? "gone" : error.code, explain(error));
        this.connected(false);
      }
      if (!this.answer.finished) await pause(backoff(tries, 1000), signal);
    }
  }

  private fail(code: string, message: string): void {
    this.answer.failure = { code, message };
    this.answer.phase = "failed";
  }

  private connected(isOpen: boolean): void {
    if (this.lost !== isOpen) return;
    this.lost = !isOpen;
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

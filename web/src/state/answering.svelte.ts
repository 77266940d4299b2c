// The answer of a chat that is being written, or how the last one has ended.
import type { Api } from "../client/api.ts";
import { Problem } from "../wire/problem.ts";
import { isOver, LiveAnswer, type AnswerView } from "./live.svelte.ts";
import { bubble, isAnswerOf, usageOf, type Row } from "./rows.ts";
import type { Thread } from "./thread.svelte.ts";

export interface AnsweringEvents {
  /** One is being written that this tab did not ask for. */
  joined(): void;
  /** Its end is known, but not all of what it says: that is in the messages. */
  torn(): Promise<void>;
  finished(live: LiveAnswer): void;
}

export class Answering {
  live: LiveAnswer | null = $state.raw(null);
  /** Set when the page found an answer in the middle: the reload was survived. */
  resumed = $state(false);
  /** Counts how often something was asked here: what was found out before is of no use then. */
  turns = 0;
  private isWatched = true;
  private readonly api: Api;
  private readonly thread: Thread;
  private readonly events: AnsweringEvents;
  private readonly signal: AbortSignal;

  /** Nothing is followed any more once `signal` says so. */
  constructor(api: Api, thread: Thread, events: AnsweringEvents, signal: AbortSignal) {
    this.api = api;
    this.thread = thread;
    this.events = events;
    this.signal = signal;
    signal.addEventListener("abort", () => this.live?.close());
  }

  get isWriting(): boolean {
    return this.live !== null && !isOver(this.live);
  }

  /** Whether its end will be told here. */
  get isFollowed(): boolean {
    return this.isWriting && this.isWatched;
  }

  /** Its stream is held only while somebody looks. */
  watch(isWatched: boolean): void {
    this.isWatched = isWatched;
    this.live?.watch(isWatched);
  }

  /** The answer that is being written, or how the one that is shown has ended. */
  get view(): AnswerView | null {
    const { live } = this;
    if (live === null || (isOver(live) && !this.thread.line.some((row) => isAnswerOf(row, live.id)))) return null;
    return live.view;
  }

  /** Makes room for another one, before that is asked for; what was there. */
  turn(): LiveAnswer | null {
    const before = this.live;
    this.turns += 1;
    before?.close();
    this.live = null;
    return before;
  }

  /** What was on the screen before a request that failed; an answer that is being written goes on. */
  goBackTo(live: LiveAnswer | null): void {
    this.live = live;
    if (this.isWriting && live !== null) void this.follow(live.id);
  }

  /** Joins the answer that is being written elsewhere, if any. */
  async join(generationId: string | null): Promise<void> {
    if (generationId === null) {
      if (!this.isWriting) await this.recall();
      return;
    }
    const { turns } = this;
    await this.place(generationId);
    if (this.signal.aborted || this.turns !== turns || this.live?.id === generationId) return;
    this.live?.close();
    this.resumed = true;
    void this.follow(generationId);
    this.events.joined();
  }

  async follow(generationId: string): Promise<void> {
    if (this.signal.aborted) return;
    const live = new LiveAnswer(this.api, generationId, this.isWatched);
    this.live = live;
    await live.run();
    if (this.live !== live || !live.finished) return;
    this.thread.changeAnswer(live.id, (row) => settled(row, live));
    if (live.fromRecord) await this.events.torn();
    this.events.finished(live);
    if (!live.fromRecord && live.view.attempt > 1) await this.count(live.id);
  }

  async stop(): Promise<void> {
    await this.live?.stop();
  }

  /** After a reload: how the last answer ended, and what it cost. One that has no text is found by its question. */
  private async recall(): Promise<void> {
    const { live: before, turns } = this;
    const last = this.thread.line.at(-1);
    if (!last?.generationId || last.generationId === before?.id) return;
    // Only details are missing without it; the messages are on the screen.
    const generation = await this.api.generation(last.generationId).catch(orNone);
    if (generation === null || this.live !== before || this.turns !== turns) return;
    // Asked elsewhere since the chat was read.
    if (generation.status === "queued" || generation.status === "streaming") return this.join(generation.id);
    if (last.role === "user" && generation.status !== "succeeded") await this.place(generation.id);
    const live = LiveAnswer.ended(this.api, generation, last.role === "assistant" ? last.text : "");
    this.live = live;
    this.thread.changeAnswer(live.id, (row) => ({ ...row, usage: row.usage ?? live.view.usage }));
  }

  /** What all attempts took, as it is told after a reload: a stream counts the last one. */
  private async count(generationId: string): Promise<void> {
    const generation = await this.api.generation(generationId).catch(() => null);
    const usage = generation && usageOf(generation);
    if (usage) this.thread.changeAnswer(generationId, (row) => ({ ...row, usage }));
  }

  /** Makes the row that an answer is written into. */
  private async place(generationId: string): Promise<void> {
    if (this.thread.answerOf(generationId)) return;
    const isQuestion = (row: Row) => row.role === "user" && row.generationId === generationId;
    const question = this.thread.rows.find(isQuestion)?.messageId ?? (await this.questionOf(generationId));
    if (this.thread.answerOf(generationId)) return;
    this.thread.add({ ...bubble("assistant", "", `answer:${generationId}`, question), unsent: false, generationId });
  }

  private async questionOf(generationId: string): Promise<string | undefined> {
    const generation = await this.api.generation(generationId).catch(orNone);
    return generation?.userMessageId ?? this.thread.line.at(-1)?.key;
  }
}

/** For what is not there, or not ours; that nobody knows is a failure. */
function orNone(error: unknown): null {
  if (error instanceof Problem && error.status < 500) return null;
  throw error;
}

function settled(row: Row, live: LiveAnswer): Row {
  return { ...row, text: live.view.text || row.text, usage: row.usage ?? live.view.usage, messageId: live.messageId ?? row.messageId };
}

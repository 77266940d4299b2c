// What is said in a chat, from the moment it is sent until the server has accepted it, and what becomes of it otherwise.
import type { Api } from "../client/api.ts";
import { isUnknown, Problem } from "../wire/problem.ts";
import type { Accepted, Message } from "../wire/shapes.ts";
import type { Answering } from "./answering.svelte.ts";
import { deliver, type Outgoing, type Question } from "./outgoing.ts";
import { bubble, withAccepted, withoutVoid, type Row } from "./rows.ts";
import { asAgain, asRequest, type Settings } from "./settings.ts";
import type { Thread } from "./thread.svelte.ts";
import { uuid } from "./uuid.ts";

/** The chat in which it is said. */
export interface Place {
  settings(): Settings;
  /** The model that answers when none is chosen, if it is known. */
  standardModel(): string | null;
  /** Null before there is one. */
  chatId(): string | null;
  /** Makes it, for what is to be said first. */
  create(outgoing: Outgoing): Promise<string>;
  /** It is on its way: what was typed is to be kept as what was not accepted yet. */
  leaves(): void;
  /** The server has it; it is no longer on its way. */
  arrived(outgoing: Outgoing): void;
  /** `again` says that what is shown may not be all there is. */
  done(isAccepted: boolean, again: boolean): void;
}

export class Sending {
  /** Whether a request is under way. */
  isBusy = $state(false);
  failure: unknown = $state.raw(null);
  /** Counts the sends, so that the transcript can jump to the end. */
  count = $state(0);
  private outgoing: Outgoing | null = $state.raw(null);
  /** Generations that were told of while a request was on its way. */
  private readonly heardOf = new Set<string>();
  private readonly api: Api;
  private readonly thread: Thread;
  private readonly answering: Answering;
  private readonly place: Place;
  private readonly signal: AbortSignal;

  constructor(api: Api, thread: Thread, answering: Answering, place: Place, signal: AbortSignal) {
    this.api = api;
    this.thread = thread;
    this.answering = answering;
    this.place = place;
    this.signal = signal;
  }

  /** The message that is on its way, or could not be sent. */
  get question(): Question | null {
    return this.outgoing?.kind === "question" ? this.outgoing : null;
  }

  /** Shows a message at once, and sends it. */
  async ask(text: string, parentId: Row["parentId"], insteadOf: string | null, overrides: Partial<Settings>): Promise<void> {
    const request = { userMessage: text, parentId, ...asRequest({ ...this.place.settings(), ...overrides }), requestId: uuid() };
    const row = bubble("user", text, `user:${request.requestId}`, parentId);
    this.thread.add(row);
    await this.begin({ kind: "question", request, questionKey: row.key, insteadOf });
  }

  /** Asks for another answer beside that of a generation. */
  async askAgain(generationId: string): Promise<void> {
    const settings = this.place.settings();
    const model = settings.model || this.place.standardModel() || "";
    const request = { ...asAgain({ ...settings, model }), requestId: uuid() };
    const questionKey = this.thread.answerOf(generationId)?.parentId ?? undefined;
    await this.begin({ kind: "again", request, generationId, questionKey });
  }

  /**
   * Sends what failed again: the same request when nobody knows whether it arrived; what was refused for what it says, with the settings as they
   * are now; otherwise the question of the failed answer is asked again. `onBusy` says what becomes of an answer in its way. The answer that is being
   * written may be that of a request which seems to have failed.
   */
  async tryAgain(onBusy?: "interrupt"): Promise<void> {
    const { outgoing, answering } = this;
    if (this.isBusy || (answering.isWriting && outgoing === null)) return;
    if (outgoing && !this.isRefused) return this.dispatch(outgoing, onBusy);
    this.drop();
    if (outgoing?.kind === "question") return this.ask(outgoing.request.userMessage, outgoing.request.parentId, outgoing.insteadOf, {});
    const again = outgoing?.generationId ?? answering.live?.id;
    if (again !== undefined) await this.askAgain(again);
  }

  /** Gives up what was not sent. */
  drop(): void {
    this.thread.remove((row) => row.unsent);
    this.outgoing = null;
    this.failure = null;
  }

  /** News of an answer; whether it is looked into when the request that is on its way has its answer. */
  heard(generationId: string): boolean {
    if (this.isBusy) this.heardOf.add(generationId);
    return this.isBusy;
  }

  /** Whether a message that seems to have been lost is on this page: it says the same in the same place, and is new. */
  isAmong(items: Message[]): boolean {
    const { question } = this;
    if (question === null || !isUnknown(this.failure)) return false;
    const { parentId, userMessage } = question.request;
    const known = new Set(this.thread.rows.map((row) => row.messageId));
    const isThere = (parent: Message["parentId"]) => parentId === undefined || parentId === (parent ?? null);
    return items.some((one) => one.role === "user" && one.content === userMessage && isThere(one.parentId) && !known.has(one.id));
  }

  private get isRefused(): boolean {
    return this.failure instanceof Problem && this.failure.status === 422;
  }

  private async begin(outgoing: Outgoing): Promise<void> {
    this.outgoing = outgoing;
    this.count += 1;
    await this.dispatch(outgoing);
  }

  private async dispatch(outgoing: Outgoing, onBusy?: "interrupt"): Promise<void> {
    const { thread, answering } = this;
    const { through } = thread;
    this.isBusy = true;
    this.failure = null;
    const before = answering.turn();
    thread.through = null;
    this.place.leaves();
    let isAccepted = false;
    const answer = bubble("assistant", "", `answer:${outgoing.request.requestId}`, outgoing.questionKey);
    thread.rows = [...thread.rows.filter((row) => row.key !== answer.key), answer];
    try {
      const chatId = this.place.chatId() ?? (await this.place.create(outgoing));
      this.accept(await deliver(this.api, chatId, outgoing, onBusy, this.signal), outgoing, answer);
      isAccepted = true;
    } catch (error) {
      thread.remove((row) => row.key === answer.key);
      if (outgoing.kind === "again") thread.through = through;
      answering.goBackTo(before);
      this.failure = error;
    } finally {
      this.isBusy = false;
    }
    // Where the question stands is known when the answer in its way has ended.
    const again = onBusy !== undefined || [...this.heardOf].some((id) => id !== answering.live?.id);
    this.heardOf.clear();
    this.place.done(isAccepted, again);
  }

  private accept(accepted: Accepted, outgoing: Outgoing, answer: Row): void {
    this.outgoing = null;
    this.place.arrived(outgoing);
    const isNew = outgoing.kind === "question";
    const rows = withoutVoid(this.thread.rows, isNew ? null : outgoing.generationId);
    this.thread.rows = withAccepted(rows, accepted, isNew ? outgoing.questionKey : null, answer.key);
    void this.answering.follow(accepted.generationId);
  }
}

// One chat on the screen: its rows, the answer being written, and what went wrong.
import type { Api } from "../client/api.ts";
import { Problem } from "../wire/problem.ts";
import type { Accepted, Chat, GenerationRequest } from "../wire/shapes.ts";
import { keepDraft } from "./drafts.ts";
import { LiveAnswer } from "./live.svelte.ts";
import { bubble, mergeNewest, oldestIsNew, prependOlder, type Row } from "./rows.ts";
import { generate, titleFrom } from "./send.ts";
import { asRequest, keepSettings, settingsOf, type Settings } from "./settings.ts";
import { uuid } from "./uuid.ts";

export interface ConversationEvents {
  /** The first message made the chat. */
  created(conversation: Conversation, chat: Chat): void;
  /** An answer is being written; `here` when this tab asked for it. */
  started(conversation: Conversation, here: boolean): void;
  finished(conversation: Conversation): void;
  /** The server does not know this chat (any more). */
  missing(conversation: Conversation): void;
}

interface Outgoing {
  request: GenerationRequest;
  userKey: string;
}

export class Conversation {
  chatId: string | null = $state(null);
  title: string | null = $state(null);
  rows: Row[] = $state.raw([]);
  live: LiveAnswer | null = $state.raw(null);
  settings: Settings = $state.raw(settingsOf(null));
  sending = $state(false);
  loading = $state(false);
  loadingOlder = $state(false);
  loadFailure: unknown = $state.raw(null);
  sendFailure: unknown = $state.raw(null);
  /** Set when the page found an answer in the middle: the reload was survived. */
  resumed = $state(false);
  /** Counts the sends, so that the transcript can jump to the end. */
  sends = $state(0);
  private olderCursor: string | null = $state(null);
  private outgoing: Outgoing | null = null;
  private readonly api: Api;
  private readonly events: ConversationEvents;
  private readonly controller = new AbortController();

  constructor(api: Api, events: ConversationEvents, chatId: string | null) {
    this.api = api;
    this.events = events;
    this.chatId = chatId;
    this.settings = settingsOf(chatId);
  }

  get busy(): boolean {
    return this.sending || (this.live !== null && !isOver(this.live));
  }

  get hasOlder(): boolean {
    return this.olderCursor !== null;
  }

  configure(settings: Settings): void {
    this.settings = settings;
    keepSettings(this.chatId, settings);
  }

  /** Reads the chat and its newest messages, and joins the answer that is being written, if any. */
  async load(): Promise<void> {
    const id = this.chatId;
    if (id === null || this.loading || this.sending) return;
    this.loading = true;
    try {
      // In this order: an answer that ends between the two is in the messages then.
      const chat = await this.api.chat(id);
      const page = await this.api.messages(id, null);
      if (this.sending) return;
      this.title = chat.title;
      this.loadFailure = null;
      if (oldestIsNew(this.rows, page.items)) this.olderCursor = page.nextCursor;
      this.rows = mergeNewest(this.rows, page.items);
      await this.join(chat.activeGenerationId ?? null);
    } catch (error) {
      this.failedToLoad(error);
    } finally {
      this.loading = false;
    }
  }

  async loadOlder(): Promise<void> {
    if (this.chatId === null || this.olderCursor === null || this.loadingOlder) return;
    this.loadingOlder = true;
    try {
      const page = await this.api.messages(this.chatId, this.olderCursor);
      this.olderCursor = page.nextCursor;
      this.rows = prependOlder(this.rows, page.items);
    } catch (error) {
      this.loadFailure = error;
    } finally {
      this.loadingOlder = false;
    }
  }

  /** Shows the message at once, then sends it. `overrides` are settings for this message only. */
  async send(text: string, overrides: Partial<Settings> = {}): Promise<void> {
    if (this.busy || text.trim() === "") return;
    const request: GenerationRequest = { userMessage: text, ...asRequest({ ...this.settings, ...overrides }), requestId: uuid() };
    this.dropUnsent();
    const row = bubble("user", text, `user:${request.requestId}`, new Date().toISOString());
    this.rows = [...this.rows, row];
    this.outgoing = { request, userKey: row.key };
    this.sends += 1;
    await this.dispatch();
  }

  /**
   * Sends what failed again: the same request when nobody knows whether it arrived; what was refused for what it says, with the settings as they
   * are now; otherwise the last message as a new one. `onBusy` says what becomes of an answer in its way, and makes no other request of it.
   */
  async tryAgain(onBusy?: "interrupt"): Promise<void> {
    if (this.busy) return;
    if (this.outgoing && this.isRefused) return this.send(this.outgoing.request.userMessage);
    if (this.outgoing) return this.dispatch(onBusy);
    const last = this.rows.findLast((row) => row.role === "user");
    if (last) await this.send(last.text);
  }

  /** Takes the unsent message back, for the composer. */
  takeBack(): string | null {
    const row = this.rows.find((r) => r.key === this.outgoing?.userKey);
    this.dropUnsent();
    return row?.text ?? null;
  }

  async stop(): Promise<void> {
    await this.live?.stop();
  }

  close(): void {
    this.controller.abort();
    this.live?.close();
  }

  private get isRefused(): boolean {
    return this.sendFailure instanceof Problem && this.sendFailure.status === 422;
  }

  private async dispatch(onBusy?: "interrupt"): Promise<void> {
    const outgoing = this.outgoing;
    if (!outgoing) return;
    this.sending = true;
    this.sendFailure = null;
    this.live?.close();
    this.live = null;
    const answer = bubble("assistant", "", `answer:${outgoing.request.requestId}`, new Date().toISOString());
    this.rows = [...this.rows.filter((row) => row.key !== answer.key), answer];
    try {
      const chatId = this.chatId ?? (await this.create(outgoing.request.userMessage));
      const accepted = await generate(this.api, chatId, { ...outgoing.request, onBusy }, this.controller.signal);
      this.accept(accepted, outgoing, answer);
    } catch (error) {
      this.rows = this.rows.filter((row) => row.key !== answer.key);
      this.sendFailure = error;
    } finally {
      this.sending = false;
    }
    if (this.live) this.events.started(this, true);
  }

  private async create(text: string): Promise<string> {
    const chat = await this.api.createChat(titleFrom(text));
    keepSettings(chat.id, this.settings);
    keepDraft(null, "");
    keepDraft(chat.id, text);
    this.chatId = chat.id;
    this.title = chat.title;
    this.events.created(this, chat);
    return chat.id;
  }

  private accept(accepted: Accepted, outgoing: Outgoing, answer: Row): void {
    this.outgoing = null;
    if (this.chatId && this.draftIsSent(outgoing.request.userMessage)) keepDraft(this.chatId, "");
    this.rows = this.rows.map((row) => {
      if (row.key === outgoing.userKey) return { ...row, unsent: false, messageId: accepted.userMessageId, generationId: accepted.generationId };
      if (row.key === answer.key) return { ...row, unsent: false, generationId: accepted.generationId };
      return row;
    });
    void this.follow(accepted.generationId);
  }

  private draftIsSent(text: string): boolean {
    return this.draftSource() === "" || this.draftSource() === text;
  }

  /** What the composer holds; set by the composer, so that text typed during the send is not lost. */
  draftSource: () => string = () => "";

  private async join(generationId: string | null): Promise<void> {
    if (generationId !== null) {
      if (this.live?.id === generationId) return;
      this.live?.close();
      this.resumed = true;
      this.placeAnswer(generationId);
      void this.follow(generationId);
      this.events.started(this, false);
    } else if (this.live === null) {
      await this.recall();
    }
  }

  /** The row the running answer is written into. */
  private placeAnswer(generationId: string): void {
    if (this.rows.some((row) => row.role === "assistant" && row.generationId === generationId)) return;
    const row = bubble("assistant", "", `answer:${generationId}`, new Date().toISOString());
    this.rows = [...this.rows, { ...row, unsent: false, generationId }];
  }

  private async follow(generationId: string): Promise<void> {
    const live = new LiveAnswer(this.api, generationId);
    this.live = live;
    await live.run();
    if (this.live !== live || !live.finished) return;
    this.rows = this.rows.map((row) => (isAnswerOf(row, live.id) ? settled(row, live) : row));
    if (live.fromRecord) await this.load();
    this.events.finished(this);
  }

  /** After a reload: how the last answer ended, and what it cost. One that has no text is found by its question. */
  private async recall(): Promise<void> {
    const last = this.rows.at(-1);
    if (!last?.generationId) return;
    const generation = await this.api.generation(last.generationId).catch((error: unknown) => {
      // Only details are missing then; the messages are on the screen.
      if (error instanceof Problem && error.status < 500) return null;
      throw error;
    });
    if (generation === null || this.live !== null) return;
    // Asked elsewhere since the chat was read.
    if (generation.status === "queued" || generation.status === "streaming") return this.join(generation.id);
    if (last.role === "user" && generation.status !== "succeeded") this.placeAnswer(generation.id);
    const text = last.role === "assistant" ? last.text : "";
    const live = LiveAnswer.ended(this.api, generation, text);
    this.live = live;
    this.rows = this.rows.map((row) => (isAnswerOf(row, live.id) ? { ...row, usage: live.view.usage } : row));
  }

  private dropUnsent(): void {
    this.rows = this.rows.filter((row) => !row.unsent);
    this.outgoing = null;
    this.sendFailure = null;
  }

  private failedToLoad(error: unknown): void {
    if (error instanceof Problem && error.status === 404) this.events.missing(this);
    else this.loadFailure = error;
  }
}

function isOver(live: LiveAnswer): boolean {
  return live.view.phase === "succeeded" || live.view.phase === "failed" || live.view.phase === "canceled";
}

/** The text of an answer's row: from the stream, unless that ended with holes and the stored message is better. */
export function answerText(row: Row, live: LiveAnswer | null): string {
  if (live === null || !isAnswerOf(row, live.id)) return row.text;
  return live.fromRecord && isOver(live) ? row.text : live.view.text;
}

function isAnswerOf(row: Row, generationId: string): boolean {
  return row.role === "assistant" && row.generationId === generationId;
}

function settled(row: Row, live: LiveAnswer): Row {
  return { ...row, text: live.view.text || row.text, usage: live.view.usage, messageId: live.messageId };
}


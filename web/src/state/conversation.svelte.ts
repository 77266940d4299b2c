// One chat on the screen: what is known of it, what is said in it, and the answer being written.
import type { Api } from "../client/api.ts";
import { isUnknown } from "../wire/problem.ts";
import type { Chat } from "../wire/shapes.ts";
import { Answering } from "./answering.svelte.ts";
import { editOf, endLeaving, forgetLeft, joined, keepDraft, keepEdit, keepLeaving } from "./drafts.ts";
import type { AnswerView, LiveAnswer } from "./live.svelte.ts";
import type { Outgoing } from "./outgoing.ts";
import { Reading, type Subject } from "./reading.svelte.ts";
import type { Row } from "./rows.ts";
import { titleFrom } from "./send.ts";
import { Sending, type Place } from "./sending.svelte.ts";
import { keepSettings, settingsOf, type Settings } from "./settings.ts";
import { Thread } from "./thread.svelte.ts";

export interface ConversationEvents {
  /** The first message made the chat. */
  created(conversation: Conversation, chat: Chat): void;
  /** An answer is being written; `here` when this tab asked for it. */
  started(conversation: Conversation, here: boolean): void;
  finished(conversation: Conversation, live: LiveAnswer): void;
  /** The server does not know this chat (any more). */
  missing(conversation: Conversation): void;
  /** The model that answers when none is chosen, if it is known. */
  standardModel(): string | null;
}

export class Conversation {
  chatId: string | null = $state(null);
  title: string | null = $state(null);
  settings: Settings = $state.raw(settingsOf(null));
  /** The message that is being put in other words; `begun` when somebody has asked for it just now. */
  editing: { key: string; text: string; begun: boolean } | null = $state.raw(null);
  /** Whether its first message made the chat. */
  private isOurs = false;
  private readonly api: Api;
  private readonly events: ConversationEvents;
  private readonly controller = new AbortController();
  private readonly thread = new Thread();
  private readonly answering: Answering;
  private readonly outbox: Sending;
  private readonly reading: Reading;

  constructor(api: Api, events: ConversationEvents, chatId: string | null) {
    this.api = api;
    this.events = events;
    this.chatId = chatId;
    this.settings = settingsOf(chatId);
    const edit = editOf(chatId);
    // The row of a message that was read has its id as a key.
    if (edit !== null) this.editing = { key: edit.messageId, text: edit.text, begun: false };
    this.answering = new Answering(api, this.thread, {
      joined: () => events.started(this, false),
      torn: () => this.load(),
      finished: (live) => events.finished(this, live),
    }, this.controller.signal);
    const place: Place = {
      settings: () => this.settings,
      standardModel: () => events.standardModel(),
      chatId: () => this.chatId,
      create: (outgoing) => this.create(outgoing),
      leaves: () => this.keepTyped(),
      arrived: (outgoing) => this.arrived(outgoing),
      done: (isAccepted, again) => {
        if (isAccepted && !this.controller.signal.aborted) events.started(this, true);
        void this.reading.catchUp(again);
      },
    };
    this.outbox = new Sending(api, this.thread, this.answering, place, this.controller.signal);
    const subject: Subject = {
      chatId: () => this.chatId,
      named: (title) => (this.title = title),
      missing: () => events.missing(this),
    };
    this.reading = new Reading(api, this.thread, this.answering, this.outbox, subject, this.controller.signal);
  }

  /** All that is known of the chat, with its branches. */
  get rows(): Row[] {
    return this.thread.rows;
  }

  /** What is shown: one line through the chat. */
  get line(): Row[] {
    return this.thread.line;
  }

  get live(): LiveAnswer | null {
    return this.answering.live;
  }

  /** The answer that is being written, or how the one that is shown has ended. */
  get view(): AnswerView | null {
    return this.answering.view;
  }

  /** Whether the page found an answer in the middle: the reload was survived. */
  get resumed(): boolean {
    return this.answering.resumed;
  }

  get sending(): boolean {
    return this.outbox.isBusy;
  }

  get sendFailure(): unknown {
    return this.outbox.failure;
  }

  /** Counts the sends, so that the transcript can jump to the end. */
  get sends(): number {
    return this.outbox.count;
  }

  get busy(): boolean {
    return this.sending || this.answering.isWriting;
  }

  /** Whether this page will say itself how the answer that is being written ends. */
  get follows(): boolean {
    return this.sending || this.answering.isFollowed;
  }

  get loading(): boolean {
    return this.reading.isBusy;
  }

  get loadingOlder(): boolean {
    return this.reading.isBusyWithOlder;
  }

  get loadFailure(): unknown {
    return this.reading.failure;
  }

  get hasOlder(): boolean {
    return this.reading.hasOlder;
  }

  /** Whether what was not sent is a message that can be changed. */
  get canTakeBack(): boolean {
    return this.outbox.question !== null;
  }

  /** What was typed into the composer, and not accepted yet. */
  get unsent(): string {
    const { question } = this.outbox;
    return question?.insteadOf === null ? question.request.userMessage : "";
  }

  /** Whether the chat was made for a question that was refused, and nothing else is known to be in it. */
  get isVoid(): boolean {
    return this.isOurs && !this.busy && !isUnknown(this.sendFailure) && this.rows.every((row) => row.unsent);
  }

  /** What was typed, and not accepted. */
  get typed(): string {
    return joined(this.unsent, this.draftSource());
  }

  configure(settings: Settings): void {
    this.settings = { ...settings, prompted: settings.prompted ?? this.settings.prompted };
    keepSettings(this.chatId, this.settings);
  }

  /** The versions of a row of the line, which is one of them. */
  versions(row: Row): Row[] {
    return this.thread.versions(row, !this.hasOlder, this.live?.id);
  }

  /** Shows the line through `row`. What is asked next follows its end. */
  show(row: Row): void {
    this.thread.through = row.key;
  }

  /** Reads the newest messages, and joins the answer that is being written, if any. */
  load(): Promise<void> {
    return this.reading.load();
  }

  /** Reads on until there is more to see. */
  loadOlder(): Promise<void> {
    return this.reading.loadOlder();
  }

  /** News of an answer in this chat: one that this tab does not follow is looked for. */
  heard(generationId: string): void {
    if (this.live?.id === generationId) return;
    if (!this.outbox.heard(generationId)) void this.load();
  }

  /** Shows the message at once, then sends it. `overrides` are settings for this message only. */
  async send(text: string, overrides: Partial<Settings> = {}): Promise<void> {
    if (this.busy || text.trim() === "") return;
    this.makeRoom(text);
    await this.outbox.ask(text, this.end(), null, overrides);
  }

  /** Asks `text` in the place of a message of one's own, which stays as another version. */
  async edit(row: Row, text: string): Promise<void> {
    if (this.busy || text.trim() === "" || !this.canEdit(row)) return;
    this.makeRoom(text);
    this.editing = this.editing?.key === row.key ? null : this.editing;
    await this.outbox.ask(text, this.thread.parentIdOf(row), row.key, {});
  }

  canEdit(row: Row): boolean {
    return row.role === "user" && row.messageId !== null && row.parentId !== undefined;
  }

  startEditing(row: Row): void {
    this.editing = { key: row.key, text: row.text, begun: true };
  }

  /** What is typed in the place of the message that is edited, which outlives the page. */
  keepEditing(row: Row, text: string): void {
    this.editing = { key: row.key, text, begun: false };
    keepEdit(this.chatId, { messageId: row.messageId ?? row.key, text });
  }

  stopEditing(): void {
    this.editing = null;
    keepEdit(this.chatId, null);
  }

  /** Asks for another answer beside that of a generation. */
  async regenerate(generationId: string): Promise<void> {
    if (this.busy) return;
    this.makeRoom();
    await this.outbox.askAgain(generationId);
  }

  /** Sends again what failed; `onBusy` says what becomes of an answer in its way. */
  tryAgain(onBusy?: "interrupt"): Promise<void> {
    return this.outbox.tryAgain(onBusy);
  }

  /** Takes the unsent message back, for the composer; one in other words is edited on in its place. */
  takeBack(): string | null {
    const { question } = this.outbox;
    this.outbox.drop();
    if (question === null) return null;
    const text = question.request.userMessage;
    if (question.insteadOf === null) return text;
    this.editing = { key: question.insteadOf, text, begun: true };
    this.thread.through = question.insteadOf;
    return null;
  }

  /** Whether somebody looks: otherwise no stream is held, and news alone tell of an end. */
  watch(isWatched: boolean): void {
    this.answering.watch(isWatched);
  }

  stop(): Promise<void> {
    return this.answering.stop();
  }

  close(): void {
    this.controller.abort();
  }

  /** What the composer holds; set by the composer. */
  draftSource: () => string = () => "";

  /** Takes a text back into the composer; set by the composer. */
  putBack: (text: string) => void = (text) => keepDraft(this.chatId, joined(text, this.typed));

  /** Keeps what was typed for a reload, and what is on its way until it has arrived; not beside what the next user types. */
  keepTyped(): void {
    if (this.controller.signal.aborted) return;
    const draft = this.typed;
    if (this.chatId === null && this.sending) keepLeaving(draft);
    else keepDraft(this.chatId, draft);
  }

  /** The message that ends the line; null where nothing was said, absent where that is not known. */
  private end(): Row["parentId"] {
    return this.thread.last ?? (this.chatId === null || this.reading.hasBegun ? null : undefined);
  }

  /** What was not sent makes room for `text`: it goes back to where it was typed. */
  private makeRoom(text = ""): void {
    const before = this.takeBack();
    if (before !== null && before.trim() !== text.trim()) this.putBack(before);
  }

  private async create(outgoing: Outgoing): Promise<string> {
    const text = outgoing.kind === "question" ? outgoing.request.userMessage : "";
    const chat = await this.api.createChat(titleFrom(text)).finally(endLeaving);
    // Whoever asked has left: it is no chat of whoever is there now.
    this.controller.signal.throwIfAborted();
    this.reading.begin();
    keepSettings(chat.id, this.settings);
    forgetLeft(this.typed);
    this.chatId = chat.id;
    this.isOurs = true;
    this.keepTyped();
    this.title = chat.title;
    this.events.created(this, chat);
    return chat.id;
  }

  private arrived(outgoing: Outgoing): void {
    if (outgoing.request.systemPrompt) this.configure({ ...this.settings, prompted: true });
    if (outgoing.kind !== "question") return;
    if (outgoing.insteadOf === null) this.keepTyped();
    // Unless another one is edited by now.
    else if (this.editing === null) keepEdit(this.chatId, null);
  }
}

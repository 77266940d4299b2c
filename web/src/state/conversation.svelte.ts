// One chat on the screen: its rows, the answer being written, and what went wrong.
import type { Api } from "../client/api.ts";
import { Problem, Unreachable } from "../wire/problem.ts";
import type { Accepted, Chat, Message } from "../wire/shapes.ts";
import { editOf, endLeaving, forgetLeft, joined, keepDraft, keepEdit, keepLeaving } from "./drafts.ts";
import { isOver, LiveAnswer, type AnswerView } from "./live.svelte.ts";
import { deliver, type Outgoing } from "./outgoing.ts";
import { bubble, isAnswerOf, isVoid, mergeNewest, oldestIsNew, prependOlder, withAccepted, withoutVoid, type Row } from "./rows.ts";
import { titleFrom } from "./send.ts";
import { asAgain, asRequest, keepSettings, settingsOf, type Settings } from "./settings.ts";
import { Tree } from "./tree.ts";
import { uuid } from "./uuid.ts";

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
  /** All that is known of the chat, with its branches. */
  rows: Row[] = $state.raw([]);
  live: LiveAnswer | null = $state.raw(null);
  settings: Settings = $state.raw(settingsOf(null));
  sending = $state(false);
  loading = $state(false);
  loadingOlder = $state(false);
  loadFailure: unknown = $state.raw(null);
  sendFailure: unknown = $state.raw(null);
  /** The message that is being put in other words; `begun` when somebody has asked for it just now. */
  editing: { key: string; text: string; begun: boolean } | null = $state.raw(null);
  /** Set when the page found an answer in the middle: the reload was survived. */
  resumed = $state(false);
  /** Counts the sends, so that the transcript can jump to the end. */
  sends = $state(0);
  /** A message that the line has to pass; the newest one when null. */
  private through: string | null = $state(null);
  private readonly tree = $derived(new Tree(this.rows));
  /** What is shown: one line through the chat. */
  readonly line: Row[] = $derived(this.tree.line(this.through));
  private olderCursor: string | null = $state(null);
  private outgoing: Outgoing | null = $state.raw(null);
  /** A page was read: from there on the cursor is known. */
  private begun = false;
  /** What is being read, or was to be, is from before something that was said here or elsewhere. */
  private stale = false;
  private dispatches = 0;
  /** Generations that were told of while a request was on its way. */
  private readonly heardOf = new Set<string>();
  private readonly api: Api;
  private readonly events: ConversationEvents;
  private readonly controller = new AbortController();

  constructor(api: Api, events: ConversationEvents, chatId: string | null) {
    this.api = api;
    this.events = events;
    this.chatId = chatId;
    this.settings = settingsOf(chatId);
    const edit = editOf(chatId);
    // The row of a message that was read has its id as a key.
    if (edit !== null) this.editing = { key: edit.messageId, text: edit.text, begun: false };
  }

  get busy(): boolean {
    return this.sending || (this.live !== null && !isOver(this.live));
  }

  get hasOlder(): boolean {
    return this.olderCursor !== null;
  }

  /** The answer that is being written, or how the one that is shown has ended. */
  get view(): AnswerView | null {
    const { live } = this;
    if (live === null || (isOver(live) && !this.line.some((row) => isAnswerOf(row, live.id)))) return null;
    return live.view;
  }

  /** Whether what was not sent is a message that can be changed. */
  get canTakeBack(): boolean {
    return this.outgoing?.kind === "question";
  }

  /** What was typed into the composer, and not accepted yet. */
  get unsent(): string {
    const { outgoing } = this;
    return outgoing?.kind === "question" && outgoing.insteadOf === null ? outgoing.request.userMessage : "";
  }

  configure(settings: Settings): void {
    this.settings = { ...settings, prompted: settings.prompted ?? this.settings.prompted };
    keepSettings(this.chatId, this.settings);
  }

  /** The versions of a row of the line, which is one of them. */
  versions(row: Row): Row[] {
    const versions = this.tree.versions(row, this.olderCursor === null);
    return versions.filter((one) => one === row || !isVoid(one) || one.generationId === this.live?.id);
  }

  /** Shows the line through `row`. What is asked next follows its end. */
  show(row: Row): void {
    this.through = row.key;
  }

  /**
   * Reads the chat and its newest messages, and joins the answer that is being written, if any. What was read while
   * something was sent is from before it, or may be: it is read again. A message whose acceptance was not heard of is
   * sent again when it is found there, which changes nothing but tells its generation.
   */
  async load(): Promise<void> {
    const id = this.chatId;
    if (id === null) return;
    this.stale = true;
    if (this.loading || this.sending) return;
    this.loading = true;
    this.stale = false;
    const { dispatches } = this;
    let arrived = false;
    try {
      // In this order: an answer that ends between the two is in the messages then.
      const chat = await this.api.chat(id);
      const page = await this.api.messages(id, null);
      if (this.dispatches !== dispatches) this.stale = true;
      else {
        this.title = chat.title;
        this.loadFailure = null;
        if (!this.begun || oldestIsNew(this.rows, page.items)) this.olderCursor = page.nextCursor;
        this.begun = true;
        arrived = this.hasArrived(page.items);
        this.rows = mergeNewest(this.rows, page.items);
        if (!arrived) await this.join(chat.activeGenerationId ?? null);
      }
    } catch (error) {
      this.failedToLoad(error);
    } finally {
      this.loading = false;
    }
    await (arrived ? this.tryAgain() : this.loadIfStale());
  }

  /** Reads on until there is more to see: a page may be of other branches. */
  async loadOlder(): Promise<void> {
    if (this.chatId === null || this.olderCursor === null || this.loadingOlder) return;
    this.loadingOlder = true;
    const shown = this.line.length;
    try {
      while (this.olderCursor !== null && this.line.length <= shown) {
        const page = await this.api.messages(this.chatId, this.olderCursor);
        this.olderCursor = page.nextCursor;
        this.rows = prependOlder(this.rows, page.items);
      }
    } catch (error) {
      this.loadFailure = error;
    } finally {
      this.loadingOlder = false;
    }
  }

  /** News of an answer in this chat: one that this tab does not follow is looked for. */
  heard(generationId: string): void {
    if (this.live?.id === generationId) return;
    if (this.sending) this.heardOf.add(generationId);
    else void this.load();
  }

  /** Shows the message at once, then sends it. `overrides` are settings for this message only. */
  async send(text: string, overrides: Partial<Settings> = {}): Promise<void> {
    if (this.busy || text.trim() === "") return;
    this.makeRoom(text);
    await this.ask(text, this.end(), null, overrides);
  }

  /** Asks `text` in the place of a message of one's own, which stays as another version. */
  async edit(row: Row, text: string): Promise<void> {
    if (this.busy || text.trim() === "" || !this.canEdit(row)) return;
    this.makeRoom(text);
    this.editing = this.editing?.key === row.key ? null : this.editing;
    await this.ask(text, this.tree.parent(row)?.messageId ?? row.parentId, row.key, {});
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
    await this.askAgain(generationId);
  }

  private async askAgain(generationId: string): Promise<void> {
    const model = this.settings.model || this.events.standardModel() || "";
    const request = { ...asAgain({ ...this.settings, model }), requestId: uuid() };
    const questionKey = this.rows.find((row) => isAnswerOf(row, generationId))?.parentId ?? undefined;
    this.outgoing = { kind: "again", request, generationId, questionKey };
    this.sends += 1;
    await this.dispatch();
  }

  /**
   * Sends what failed again: the same request when nobody knows whether it arrived; what was refused for what it says, with the settings as they
   * are now; otherwise the question of the failed answer is asked again. `onBusy` says what becomes of an answer in its way. The answer that is being
   * written may be that of a request which seems to have failed.
   */
  async tryAgain(onBusy?: "interrupt"): Promise<void> {
    const { outgoing } = this;
    if (this.sending || (this.busy && outgoing === null)) return;
    if (outgoing && !this.isRefused) return this.dispatch(onBusy);
    this.dropUnsent();
    if (outgoing?.kind === "question") return this.ask(outgoing.request.userMessage, outgoing.request.parentId, outgoing.insteadOf, {});
    const again = outgoing?.generationId ?? this.live?.id;
    if (again !== undefined) await this.askAgain(again);
  }

  /** Takes the unsent message back, for the composer; one in other words is edited on in its place. */
  takeBack(): string | null {
    const { outgoing } = this;
    this.dropUnsent();
    if (outgoing?.kind !== "question") return null;
    const text = outgoing.request.userMessage;
    if (outgoing.insteadOf === null) return text;
    this.editing = { key: outgoing.insteadOf, text, begun: true };
    this.through = outgoing.insteadOf;
    return null;
  }

  async stop(): Promise<void> {
    await this.live?.stop();
  }

  close(): void {
    this.controller.abort();
    this.live?.close();
  }

  /** The message that ends the line; null where nothing was said, absent where that is not known. */
  private end(): Row["parentId"] {
    const last = this.line.findLast((row) => row.messageId !== null);
    if (last) return last.messageId;
    return this.chatId === null || this.begun ? null : undefined;
  }

  private async ask(text: string, parentId: Row["parentId"], insteadOf: string | null, overrides: Partial<Settings>): Promise<void> {
    const request = { userMessage: text, parentId, ...asRequest({ ...this.settings, ...overrides }), requestId: uuid() };
    const row = bubble("user", text, `user:${request.requestId}`, parentId);
    this.rows = [...this.rows, row];
    this.outgoing = { kind: "question", request, questionKey: row.key, insteadOf };
    this.sends += 1;
    await this.dispatch();
  }

  /** What was not sent makes room for `text`: it goes back to where it was typed. */
  private makeRoom(text = ""): void {
    const before = this.takeBack();
    if (before !== null && before.trim() !== text.trim()) this.putBack(before);
  }

  /** Whether a message that seems to have been lost is on this page: it says the same in the same place, and is new. */
  private hasArrived(items: Message[]): boolean {
    const { outgoing } = this;
    if (outgoing?.kind !== "question" || !(this.sendFailure instanceof Unreachable)) return false;
    const { parentId, userMessage } = outgoing.request;
    const known = new Set(this.rows.map((row) => row.messageId));
    const isThere = (parent: Message["parentId"]) => parentId === undefined || parentId === (parent ?? null);
    return items.some((one) => one.role === "user" && one.content === userMessage && isThere(one.parentId) && !known.has(one.id));
  }

  private get isRefused(): boolean {
    return this.sendFailure instanceof Problem && this.sendFailure.status === 422;
  }

  private async dispatch(onBusy?: "interrupt"): Promise<void> {
    const outgoing = this.outgoing;
    if (!outgoing) return;
    const { through, live: before } = this;
    this.sending = true;
    this.dispatches += 1;
    this.sendFailure = null;
    this.live?.close();
    this.live = null;
    this.through = null;
    this.keepTyped();
    let accepted = false;
    const answer = bubble("assistant", "", `answer:${outgoing.request.requestId}`, outgoing.questionKey);
    this.rows = [...this.rows.filter((row) => row.key !== answer.key), answer];
    try {
      const chatId = this.chatId ?? (await this.create(outgoing));
      this.accept(await deliver(this.api, chatId, outgoing, onBusy, this.controller.signal), outgoing, answer);
      accepted = true;
    } catch (error) {
      this.rows = this.rows.filter((row) => row.key !== answer.key);
      if (outgoing.kind === "again") this.through = through;
      this.goBackTo(before);
      this.sendFailure = error;
    } finally {
      this.sending = false;
    }
    if (accepted) this.events.started(this, true);
    // Where the question stands is known when the answer in its way has ended.
    if (onBusy || [...this.heardOf].some((id) => id !== this.live?.id)) this.stale = true;
    this.heardOf.clear();
    void this.loadIfStale();
  }

  private async loadIfStale(): Promise<void> {
    if (this.stale && !this.sending && !this.loading && !this.controller.signal.aborted) await this.load();
  }

  /** What was on the screen before a request that failed; an answer that is being written goes on. */
  private goBackTo(live: LiveAnswer | null): void {
    this.live = live;
    if (live !== null && !isOver(live) && !this.controller.signal.aborted) void this.follow(live.id);
  }

  private async create(outgoing: Outgoing): Promise<string> {
    const text = outgoing.kind === "question" ? outgoing.request.userMessage : "";
    const chat = await this.api.createChat(titleFrom(text)).finally(endLeaving);
    // Nothing is older than what is said here.
    this.begun = true;
    keepSettings(chat.id, this.settings);
    forgetLeft(this.draft());
    this.chatId = chat.id;
    this.keepTyped();
    this.title = chat.title;
    this.events.created(this, chat);
    return chat.id;
  }

  private accept(accepted: Accepted, outgoing: Outgoing, answer: Row): void {
    this.outgoing = null;
    const isNew = outgoing.kind === "question";
    if (outgoing.request.systemPrompt) this.configure({ ...this.settings, prompted: true });
    if (isNew && outgoing.insteadOf === null) this.keepTyped();
    // Unless another one is edited by now.
    if (isNew && outgoing.insteadOf !== null && this.editing === null) keepEdit(this.chatId, null);
    const rows = withoutVoid(this.rows, isNew ? null : outgoing.generationId);
    this.rows = withAccepted(rows, accepted, isNew ? outgoing.questionKey : null, answer.key);
    void this.follow(accepted.generationId);
  }

  /** What the composer holds; set by the composer. */
  draftSource: () => string = () => "";

  /** Takes a text back into the composer; set by the composer. */
  putBack: (text: string) => void = (text) => keepDraft(this.chatId, joined(text, this.draft()));

  /** Keeps what was typed for a reload, and what is on its way until it has arrived. */
  keepTyped(): void {
    const draft = this.draft();
    if (this.chatId === null && this.sending) keepLeaving(draft);
    else keepDraft(this.chatId, draft);
  }

  private draft(): string {
    return joined(this.unsent, this.draftSource());
  }

  private async join(generationId: string | null): Promise<void> {
    if (generationId === null) {
      if (this.live === null || isOver(this.live)) await this.recall();
      return;
    }
    const { dispatches } = this;
    await this.placeAnswer(generationId);
    if (this.dispatches !== dispatches || this.live?.id === generationId) return;
    this.live?.close();
    this.resumed = true;
    void this.follow(generationId);
    this.events.started(this, false);
  }

  /** The row the running answer is written into. */
  private async placeAnswer(generationId: string): Promise<void> {
    const isThere = () => this.rows.some((row) => isAnswerOf(row, generationId));
    if (isThere()) return;
    const question = this.rows.find((row) => row.role === "user" && row.generationId === generationId)?.messageId ?? (await this.questionOf(generationId));
    if (isThere()) return;
    const row = bubble("assistant", "", `answer:${generationId}`, question);
    this.rows = [...this.rows, { ...row, unsent: false, generationId }];
  }

  private async questionOf(generationId: string): Promise<string | undefined> {
    const generation = await this.api.generation(generationId).catch(orNone);
    return generation?.userMessageId ?? this.line.at(-1)?.key;
  }

  private async follow(generationId: string): Promise<void> {
    const live = new LiveAnswer(this.api, generationId);
    this.live = live;
    await live.run();
    if (this.live !== live || !live.finished) return;
    this.rows = this.rows.map((row) => (isAnswerOf(row, live.id) ? settled(row, live) : row));
    if (live.fromRecord) await this.load();
    this.events.finished(this, live);
  }

  /** After a reload: how the last answer ended, and what it cost. One that has no text is found by its question. */
  private async recall(): Promise<void> {
    const { live: before, dispatches } = this;
    const last = this.line.at(-1);
    if (!last?.generationId || last.generationId === before?.id) return;
    // Only details are missing without it; the messages are on the screen.
    const generation = await this.api.generation(last.generationId).catch(orNone);
    if (generation === null || this.live !== before || this.dispatches !== dispatches) return;
    // Asked elsewhere since the chat was read.
    if (generation.status === "queued" || generation.status === "streaming") return this.join(generation.id);
    if (last.role === "user" && generation.status !== "succeeded") await this.placeAnswer(generation.id);
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

/** For what is not there, or not ours; that nobody knows is a failure. */
function orNone(error: unknown): null {
  if (error instanceof Problem && error.status < 500) return null;
  throw error;
}

/** The text of an answer's row: from the stream, unless that ended with holes and the stored message is better. */
export function answerText(row: Row, live: LiveAnswer | null): string {
  if (live === null || !isAnswerOf(row, live.id)) return row.text;
  return live.fromRecord && isOver(live) ? row.text : live.view.text;
}

function settled(row: Row, live: LiveAnswer): Row {
  return { ...row, text: live.view.text || row.text, usage: live.view.usage, messageId: live.messageId ?? row.messageId };
}

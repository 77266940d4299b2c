// What is read of a chat: its newest messages, whenever there may be others, and older ones page by page.
import type { Api } from "../client/api.ts";
import { Problem } from "../wire/problem.ts";
import type { Answering } from "./answering.svelte.ts";
import { mergeNewest, oldestIsNew, prependOlder } from "./rows.ts";
import type { Sending } from "./sending.svelte.ts";
import type { Thread } from "./thread.svelte.ts";

/** The chat that is read. */
export interface Subject {
  /** Null before there is one. */
  chatId(): string | null;
  named(title: string): void;
  /** The server does not know it (any more). */
  missing(): void;
}

export class Reading {
  /** Whether it is being read. */
  isBusy = $state(false);
  isBusyWithOlder = $state(false);
  failure: unknown = $state.raw(null);
  private olderCursor: string | null = $state(null);
  /** A page was read: from there on the cursor is known. */
  private begun = false;
  /** What is being read, or was to be, is from before something that was said here or elsewhere. */
  private stale = false;
  private readonly api: Api;
  private readonly thread: Thread;
  private readonly answering: Answering;
  private readonly sending: Sending;
  private readonly subject: Subject;
  private readonly signal: AbortSignal;

  constructor(api: Api, thread: Thread, answering: Answering, sending: Sending, subject: Subject, signal: AbortSignal) {
    this.api = api;
    this.thread = thread;
    this.answering = answering;
    this.sending = sending;
    this.subject = subject;
    this.signal = signal;
  }

  get hasOlder(): boolean {
    return this.olderCursor !== null;
  }

  /** Whether it is known what was said last. */
  get hasBegun(): boolean {
    return this.begun;
  }

  /** The chat was made here: nothing is older than what is said here. */
  begin(): void {
    this.begun = true;
  }

  /**
   * Reads the chat and its newest messages, and joins the answer that is being written, if any. What was read while
   * something was sent is from before it, or may be: it is read again. A message whose acceptance was not heard of is
   * sent again when it is found there, which changes nothing but tells its generation.
   */
  async load(): Promise<void> {
    const id = this.subject.chatId();
    if (id === null) return;
    this.stale = true;
    if (this.isBusy || this.sending.isBusy) return;
    this.isBusy = true;
    this.stale = false;
    const { turns } = this.answering;
    let arrived = false;
    try {
      // In this order: an answer that ends between the two is in the messages then.
      const chat = await this.api.chat(id);
      const page = await this.api.messages(id, null);
      if (this.answering.turns !== turns) this.stale = true;
      else {
        this.subject.named(chat.title);
        this.failure = null;
        if (!this.begun || oldestIsNew(this.thread.rows, page.items)) this.olderCursor = page.nextCursor;
        this.begun = true;
        arrived = this.sending.isAmong(page.items);
        this.thread.rows = mergeNewest(this.thread.rows, page.items);
        if (!arrived) await this.answering.join(chat.activeGenerationId ?? null);
      }
    } catch (error) {
      if (error instanceof Problem && error.status === 404) this.subject.missing();
      else this.failure = error;
    } finally {
      this.isBusy = false;
    }
    await (arrived ? this.sending.tryAgain() : this.loadIfStale());
  }

  /** After something was sent; `again` says that what was read is not all there is. */
  async catchUp(again: boolean): Promise<void> {
    if (again) this.stale = true;
    await this.loadIfStale();
  }

  /** Reads on until there is more to see: a page may be of other branches. */
  async loadOlder(): Promise<void> {
    const id = this.subject.chatId();
    if (id === null || this.olderCursor === null || this.isBusyWithOlder) return;
    this.isBusyWithOlder = true;
    const shown = this.thread.line.length;
    try {
      while (this.olderCursor !== null && this.thread.line.length <= shown) {
        const page = await this.api.messages(id, this.olderCursor);
        this.olderCursor = page.nextCursor;
        this.thread.rows = prependOlder(this.thread.rows, page.items);
      }
    } catch (error) {
      this.failure = error;
    } finally {
      this.isBusyWithOlder = false;
    }
  }

  private async loadIfStale(): Promise<void> {
    if (this.stale && !this.sending.isBusy && !this.isBusy && !this.signal.aborted) await this.load();
  }
}

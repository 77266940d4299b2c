// The list of chats on the left.
import type { Api } from "../client/api.ts";
import { Problem } from "../wire/problem.ts";
import type { Chat } from "../wire/shapes.ts";

export class Chats {
  items: Chat[] = $state.raw([]);
  loaded = $state(false);
  failure: unknown = $state.raw(null);
  /** Chats with an answer being written, and with one that ended unseen. */
  running: ReadonlySet<string> = $state.raw(new Set<string>());
  unread: ReadonlySet<string> = $state.raw(new Set<string>());
  /** Where the list goes on below its last chat, in the server's order: the latest changed first. */
  private cursor: string | null = $state(null);
  private pages = 1;
  private loading = false;
  /** Something changed that the list does not show yet. */
  private stale = false;
  private readonly api: Api;

  constructor(api: Api) {
    this.api = api;
  }

  get hasMore(): boolean {
    return this.cursor !== null;
  }

  /**
   * Reads the list from the top, as many pages as are shown. Chats move up and go away in other tabs, so
   * nothing of what was read is joined to it: list and cursor are the server's own again.
   */
  async load(): Promise<void> {
    this.stale = true;
    await this.reading(async () => {
      this.stale = false;
      let page = await this.api.chats(null);
      let items = page.items;
      for (let read = 1; read < this.pages && page.nextCursor !== null; read++) {
        page = await this.api.chats(page.nextCursor);
        items = joined(items, page.items);
      }
      this.items = items;
      this.cursor = page.nextCursor;
    });
  }

  async more(): Promise<void> {
    const { cursor } = this;
    if (cursor === null) return;
    await this.reading(async () => {
      const page = await this.api.chats(cursor);
      this.items = joined(this.items, page.items);
      this.cursor = page.nextCursor;
      this.pages += 1;
    });
  }

  put(chat: Chat): void {
    this.items = [chat, ...this.items.filter((c) => c.id !== chat.id)];
    // What is being read may be from before this chat.
    this.stale = this.loading;
  }

  /** Moves a chat to the top: something was said in it. */
  touch(id: string, at = new Date()): void {
    this.items = this.items.map((chat) => (chat.id === id ? { ...chat, updatedAt: at.toISOString() } : chat));
  }

  has(id: string): boolean {
    return this.items.some((chat) => chat.id === id);
  }

  /** A chat has a name that the server knows. */
  named(id: string, title: string): void {
    this.items = this.items.map((chat) => (chat.id === id ? { ...chat, title } : chat));
  }

  async rename(id: string, title: string): Promise<void> {
    const before = this.items.find((chat) => chat.id === id)?.title;
    this.named(id, title);
    try {
      await this.api.renameChat(id, title);
    } catch (error) {
      const now = this.items.find((chat) => chat.id === id)?.title;
      // It may have another name by now, or be gone.
      if (before !== undefined && now === title) this.named(id, before);
      throw error;
    }
  }

  /** A chat that is not there any more is deleted. */
  async remove(id: string): Promise<void> {
    await this.api.deleteChat(id).catch((error: unknown) => {
      if (!(error instanceof Problem && error.status === 404)) throw error;
    });
    this.forget(id);
  }

  forget(id: string): void {
    this.items = this.items.filter((chat) => chat.id !== id);
    this.mark(id, { running: false, unread: false });
  }

  mark(id: string, marks: { running?: boolean; unread?: boolean }): void {
    if (marks.running !== undefined) this.running = toggled(this.running, id, marks.running);
    if (marks.unread !== undefined) this.unread = toggled(this.unread, id, marks.unread);
  }

  titleOf(id: string): string {
    return this.items.find((chat) => chat.id === id)?.title || "New chat";
  }

  /** One reader at a time; what became stale meanwhile is read again. */
  private async reading(work: () => Promise<void>): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    try {
      await work();
      this.failure = null;
      this.loaded = true;
    } catch (error) {
      this.failure = error;
    } finally {
      this.loading = false;
    }
    if (this.stale) await this.load();
  }
}

/** `older` below `items`; a chat that was changed between the two readings is there once. */
function joined(items: Chat[], older: Chat[]): Chat[] {
  const known = new Set(items.map((chat) => chat.id));
  return [...items, ...older.filter((chat) => !known.has(chat.id))];
}

function toggled(set: ReadonlySet<string>, id: string, on: boolean): ReadonlySet<string> {
  const next = new Set(set);
  if (on) next.add(id);
  else next.delete(id);
  return next;
}

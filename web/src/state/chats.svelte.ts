// The list of chats on the left.
import type { Api } from "../client/api.ts";
import type { Chat } from "../wire/shapes.ts";

export class Chats {
  items: Chat[] = $state.raw([]);
  loaded = $state(false);
  failure: unknown = $state.raw(null);
  /** Chats with an answer being written, and with one that ended unseen. */
  running: ReadonlySet<string> = $state.raw(new Set<string>());
  unread: ReadonlySet<string> = $state.raw(new Set<string>());
  private cursor: string | null = $state(null);
  private loading = false;
  private readonly api: Api;

  constructor(api: Api) {
    this.api = api;
  }

  get hasMore(): boolean {
    return this.cursor !== null;
  }

  async load(): Promise<void> {
    await this.page(null);
  }

  async more(): Promise<void> {
    if (this.cursor !== null) await this.page(this.cursor);
  }

  put(chat: Chat): void {
    this.items = [chat, ...this.items.filter((c) => c.id !== chat.id)];
  }

  /** Moves a chat to the top: something was said in it. */
  touch(id: string, at = new Date()): void {
    this.items = this.items.map((chat) => (chat.id === id ? { ...chat, updatedAt: at.toISOString() } : chat));
  }

  async rename(id: string, title: string): Promise<void> {
    const before = this.items;
    this.items = before.map((chat) => (chat.id === id ? { ...chat, title } : chat));
    try {
      await this.api.renameChat(id, title);
    } catch (error) {
      this.items = before;
      throw error;
    }
  }

  async remove(id: string): Promise<void> {
    await this.api.deleteChat(id);
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

  private async page(cursor: string | null): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    try {
      const page = await this.api.chats(cursor);
      const ids = new Set(page.items.map((chat) => chat.id));
      // A fresh first page replaces the list unless older pages were read already: those stay below it.
      const oldest = page.items.at(-1)?.createdAt ?? "";
      const rest = cursor === null ? this.items.filter((c) => !ids.has(c.id) && page.nextCursor !== null && c.createdAt < oldest) : this.items.filter((c) => !ids.has(c.id));
      this.items = cursor === null ? [...page.items, ...rest] : [...rest, ...page.items];
      if (cursor !== null || rest.length === 0) this.cursor = page.nextCursor;
      this.failure = null;
      this.loaded = true;
    } catch (error) {
      this.failure = error;
    } finally {
      this.loading = false;
    }
  }
}

function toggled(set: ReadonlySet<string>, id: string, on: boolean): ReadonlySet<string> {
  const next = new Set(set);
  if (on) next.add(id);
  else next.delete(id);
  return next;
}

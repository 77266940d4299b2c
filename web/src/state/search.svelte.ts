// Looking for chats by what is said in them. What is typed is asked for when somebody pauses, and the last question wins.
import type { Api } from "../client/api.ts";
import type { Chat } from "../wire/shapes.ts";

const PAUSE_MS = 300;
/** What the server takes. */
const MAX_BYTES = 200;

export class Search {
  text = $state("");
  /** What was found; null until that is known. */
  found: Chat[] | null = $state.raw(null);
  failure: unknown = $state.raw(null);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;
  private readonly api: Api;

  constructor(api: Api) {
    this.api = api;
  }

  get active(): boolean {
    return this.text.trim() !== "";
  }

  type(text: string): void {
    this.text = text;
    clearTimeout(this.timer);
    if (this.active) this.timer = setTimeout(() => void this.ask(), PAUSE_MS);
    else this.clear();
  }

  clear(): void {
    clearTimeout(this.timer);
    this.asked += 1;
    this.text = "";
    this.found = null;
    this.failure = null;
  }

  /** Asks at once. */
  async ask(): Promise<void> {
    clearTimeout(this.timer);
    if (!this.active) return;
    const asked = ++this.asked;
    const reply = await this.api.search(atMost(this.text.trim(), MAX_BYTES)).then(
      ({ items }) => ({ found: items, failure: null }),
      (failure: unknown) => ({ found: this.found, failure }),
    );
    if (this.asked !== asked) return;
    this.found = reply.found;
    this.failure = reply.failure;
  }

  named(id: string, title: string): void {
    this.found = this.found?.map((chat) => (chat.id === id ? { ...chat, title } : chat)) ?? null;
  }

  forget(id: string): void {
    this.found = this.found?.filter((chat) => chat.id !== id) ?? null;
  }
}

/** The beginning of `text` that has at most `bytes` bytes, cut between characters. */
export function atMost(text: string, bytes: number): string {
  let left = bytes;
  let cut = "";
  for (const letter of text) {
    left -= new TextEncoder().encode(letter).length;
    if (left < 0) break;
    cut += letter;
  }
  return cut;
}

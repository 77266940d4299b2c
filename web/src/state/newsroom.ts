// What happens to one's chats elsewhere: on other devices, in other tabs, by programs. It is heard only while somebody looks, since
// a browser opens few connections, and hidden tabs are many; who comes back looks for what was missed.
import type { Api } from "../client/api.ts";
import type { Phase } from "../stream/answer.ts";
import { listen } from "../stream/listen.ts";
import { Problem } from "../wire/problem.ts";
import type { News } from "../wire/news.ts";
import type { Chats } from "./chats.svelte.ts";
import type { Conversation } from "./conversation.svelte.ts";

/** What the news are about, as the page has it. */
export interface Scene {
  readonly chats: Chats;
  /** The one that is open. */
  readonly conversation: Conversation;
  conversationOf(chatId: string): Conversation | undefined;
  /** A chat was deleted, but not here. */
  gone(chatId: string): void;
  speak(text: string): void;
}

const ENDS: Partial<Record<Phase, string>> = { succeeded: "is complete", failed: "has failed", canceled: "was stopped" };

export class Newsroom {
  private readonly api: Api;
  private readonly scene: Scene;
  private controller: AbortController | null = null;
  /** Of each chat, the answer whose end was told last: it may be heard of twice. */
  private readonly told = new Map<string, string>();

  constructor(api: Api, scene: Scene) {
    this.api = api;
    this.scene = scene;
  }

  listen(): void {
    if (this.controller !== null) return;
    const controller = new AbortController();
    const { signal } = controller;
    this.controller = controller;
    const ended = listen({ open: (inner) => this.api.news(inner), onNews: (news) => !signal.aborted && this.take(news), signal });
    // Refused for good, it is asked for again when somebody comes back.
    void ended.then(() => this.controller === controller && this.pause());
  }

  pause(): void {
    this.controller?.abort();
    this.controller = null;
  }

  take(news: News): void {
    switch (news.type) {
      case "generation":
        return this.generation(news.chatId, news.generationId, news.status);
      case "chat":
        return this.named(news.chatId, news.title);
      case "deleted":
        return this.scene.gone(news.chatId);
      case "missed":
        return void this.catchUp();
    }
  }

  /** An answer ended, as its own stream or the news say. */
  ended(chatId: string, generationId: string, phase: Phase): void {
    const { chats, conversation } = this.scene;
    chats.mark(chatId, { running: false });
    if (this.told.get(chatId) === generationId) return;
    this.told.set(chatId, generationId);
    const isOpen = conversation.chatId === chatId;
    // What is on the screen speaks for itself.
    if (isOpen && conversation.live?.id === generationId) return;
    // Who stopped it knows.
    if (!isOpen && phase !== "canceled") chats.mark(chatId, { unread: true });
    this.scene.speak(`The answer in ${chats.titleOf(chatId)} ${ENDS[phase] ?? "has ended"}`);
  }

  private generation(chatId: string, generationId: string, status: Phase): void {
    const { chats, conversation } = this.scene;
    if (conversation.chatId === chatId) conversation.heard(generationId);
    if (chats.has(chatId)) chats.touch(chatId);
    else void chats.load();
    if (status !== "queued" && status !== "streaming") return this.ended(chatId, generationId, status);
    // News of the beginning may come after those of the end.
    if (this.told.get(chatId) !== generationId) chats.mark(chatId, { running: true });
  }

  private named(chatId: string, title: string): void {
    const conversation = this.scene.conversationOf(chatId);
    if (conversation) conversation.title = title;
    if (this.scene.chats.has(chatId)) this.scene.chats.named(chatId, title);
    else void this.scene.chats.load();
  }

  private async catchUp(): Promise<void> {
    const { chats, conversation } = this.scene;
    void chats.load();
    void conversation.load();
    await Promise.all([...chats.running].map((id) => this.lookAt(id)));
  }

  /** Whether a chat that was being answered still is; the one that is looked at says so itself. */
  private async lookAt(chatId: string): Promise<void> {
    if (this.scene.conversationOf(chatId)?.follows) return;
    const { chats } = this.scene;
    try {
      const { activeGenerationId } = await this.api.chat(chatId);
      if (activeGenerationId || this.scene.conversationOf(chatId)?.follows) return;
      chats.mark(chatId, { running: false, unread: this.scene.conversation.chatId !== chatId });
    } catch (error) {
      // Nobody knows: the next connection asks again.
      if (error instanceof Problem && error.status === 404) chats.mark(chatId, { running: false });
    }
  }
}

// The whole page: who is signed in, which chat is open, and what other tabs say.
import { Api } from "../client/api.ts";
import { Http } from "../client/http.ts";
import { Session } from "../client/session.ts";
import { backoff, pause } from "../stream/backoff.ts";
import { explain } from "../wire/problem.ts";
import type { User } from "../wire/shapes.ts";
import { isConsole } from "../console/sections.ts";
import { Chats } from "./chats.svelte.ts";
import { ConsoleOffer } from "./console.svelte.ts";
import { Conversation } from "./conversation.svelte.ts";
import { fileName, saveAs } from "./download.ts";
import { draftOf, joined, keepDraft } from "./drafts.ts";
import type { LiveAnswer } from "./live.svelte.ts";
import { Models } from "./models.svelte.ts";
import { Newsroom } from "./newsroom.ts";
import { chatIdFrom, hashOf, linkToken, welcomeToken } from "./route.ts";
import { Search } from "./search.svelte.ts";
import { standardOf } from "./settings.ts";
import { belongTo, forgetChat, forgetPrivate } from "./storage.ts";
import { Tabs } from "./tabs.ts";
import { isTyping } from "./typing.ts";

export type Stage = "starting" | "away" | "out" | "in";

const KEPT_CONVERSATIONS = 8;

export class App {
  stage: Stage = $state("starting");
  user: User | null = $state.raw(null);
  conversation: Conversation = $state.raw() as Conversation;
  /** What a link that was mailed carries, while somebody follows it. */
  link: string | null = $state(null);
  /** One line on the sign-in page: why it is shown. */
  notice: string | null = $state(null);
  /** A passing word at the bottom: copied, renamed, failed. */
  toast: { text: string; alert: boolean } | null = $state.raw(null);
  /** Spoken, not shown; each one anew, also when it says the same. */
  spoken: { text: string } | null = $state.raw(null);
  readonly session = new Session((input, init) => fetch(input, init));
  readonly http = new Http((input, init) => fetch(input, init), this.session);
  readonly api = new Api(this.http);
  chats: Chats = $state.raw(new Chats(this.api));
  models: Models = $state.raw(new Models(this.api));
  readonly search = new Search(this.api);
  readonly console = new ConsoleOffer((input, init) => fetch(input, init));
  private readonly tabs = new Tabs();
  private readonly newsroom = new Newsroom(this.api, this);
  /** Chats that are being deleted here: no news. */
  private readonly deleting = new Set<string>();
  private kept: Conversation[] = [];
  private toastTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.show(this.fresh(null));
    this.session.onChange = (user) => this.signedIn(user);
    this.session.onUpdate = (user) => this.know(user);
    this.tabs.onMessage = (message) => {
      if (message.type === "signed-out") this.left();
      else if (message.type === "signed-in") void this.comeIn();
      else if (this.stage === "in") this.fromOtherTab(message.chatId);
    };
  }

  async start(): Promise<void> {
    window.addEventListener("hashchange", () => this.follow() || (this.stage === "in" && this.open(chatIdFrom(location.hash))));
    document.addEventListener("visibilitychange", () => {
      if (this.stage === "in") this.lookOrAway();
      else void this.comeIn();
    });
    this.follow();
    const token = welcomeToken(location);
    if (token !== null) await this.welcome(token);
    if (this.stage !== "in") await this.resume();
  }

  async signOut(): Promise<void> {
    this.notice = null;
    try {
      await this.session.signOut();
    } catch (error) {
      return this.say(`Could not sign out: ${explain(error)}`, true);
    }
    forgetPrivate();
    this.left();
    this.tabs.post({ type: "signed-out" });
  }

  /** Whoever was here has left on purpose: who comes next does not begin where they were. */
  private left(): void {
    this.session.leave();
    if (!isConsole(location.pathname)) history.replaceState(null, "", hashOf(null));
  }

  newChat(): void {
    if (location.hash === hashOf(null) || location.hash === "") this.open(null);
    else location.hash = hashOf(null);
  }

  go(chatId: string): void {
    location.hash = hashOf(chatId);
  }

  async deleteChat(id: string): Promise<void> {
    this.deleting.add(id);
    await this.chats.remove(id).finally(() => this.deleting.delete(id));
    this.drop(id);
    this.tabs.post({ type: "chats", chatId: null });
  }

  async renameChat(id: string, title: string): Promise<void> {
    await this.chats.rename(id, title);
    this.search.named(id, title);
    if (this.conversation.chatId === id) this.conversation.title = title;
    this.tabs.post({ type: "chats", chatId: null });
  }

  async exportChat(id: string, title: string, format: "markdown" | "json"): Promise<void> {
    saveAs(await this.api.exported(id, format), fileName(title, format === "json" ? "json" : "md"));
  }

  /** Opens the chat of an answer that stands in the way of a new one. */
  async openRunning(generationId: string): Promise<void> {
    const { chatId } = await this.api.generation(generationId);
    if (chatId === this.conversation.chatId) await this.conversation.load();
    else this.go(chatId);
  }

  say(text: string, alert = false): void {
    clearTimeout(this.toastTimer);
    this.toast = { text, alert };
    this.toastTimer = setTimeout(() => (this.toast = null), alert ? 8000 : 2500);
  }

  conversationOf(chatId: string): Conversation | undefined {
    return this.kept.find((c) => c.chatId === chatId);
  }

  gone(chatId: string): void {
    if (this.deleting.has(chatId)) return;
    this.chats.forget(chatId);
    if (this.conversation.chatId === chatId) this.say("This chat no longer exists.", true);
    this.drop(chatId);
  }

  speak(text: string): void {
    this.spoken = { text };
  }

  /** A page that is looked at hears the news; one that was away looks first. */
  private lookOrAway(): void {
    this.conversation.watch(!document.hidden);
    if (document.hidden) return this.newsroom.pause();
    void this.conversation.load();
    this.listen();
  }

  private listen(): void {
    // The console shows no chats.
    if (!document.hidden && !isConsole(location.pathname)) this.newsroom.listen();
  }

  /** Whether the address is that of a link that was mailed; whatever becomes of it, it does not stay there. */
  private follow(): boolean {
    const token = linkToken(location.hash);
    if (token === null) return false;
    history.replaceState(null, "", hashOf(null));
    this.link = token;
    return true;
  }

  private async welcome(token: string): Promise<void> {
    // Out of the address bar and the history before anything can fail.
    history.replaceState(null, "", "/");
    try {
      await this.session.welcome(token);
    } catch {
      this.notice = "This sign-in link was used or has expired. Sign in with your password, or restart the server for a new link.";
    }
  }

  /** Signs in with the cookie where somebody has signed in elsewhere in this browser, and nobody does it here. */
  private async comeIn(): Promise<void> {
    if (this.stage !== "out" || document.hidden || this.link !== null || isTyping()) return;
    // Nobody has asked for it: whatever fails, the form is there.
    await this.session.refresh().catch(() => undefined);
  }

  /** Signs in with the cookie; waits for the server when it is away. */
  private async resume(): Promise<void> {
    const never = new AbortController().signal;
    for (let tries = 0; ; tries++) {
      try {
        if (!(await this.session.refresh())) this.stage = "out";
        return;
      } catch {
        this.stage = "away";
        await pause(backoff(tries, 1000), never);
      }
    }
  }

  private know(user: User | null): void {
    this.user = user;
    void this.console.look(user);
  }

  private signedIn(user: User | null): void {
    const before = this.user;
    this.know(user);
    // Also when nobody was signed in by then: a reload or the end of a session leaves what was typed.
    if (user !== null) belongTo(user.id);
    this.newsroom.pause();
    for (const kept of this.kept) kept.close();
    this.kept = [];
    this.conversation.close();
    // Nothing of whoever was signed in before.
    this.chats = new Chats(this.api);
    this.models = new Models(this.api);
    this.spoken = null;
    this.search.clear();
    if (user === null) {
      if (before !== null && this.notice === null) this.notice = "You are signed out.";
      this.stage = "out";
      return;
    }
    this.notice = null;
    this.show(this.fresh(null));
    this.stage = "in";
    this.tabs.post({ type: "signed-in" });
    this.open(chatIdFrom(location.hash));
    void this.chats.load();
    this.listen();
    const { models } = this;
    // Of whoever was signed in before, nobody is told.
    models.load().catch(() => this.models === models && this.say("The list of models could not be loaded.", true));
  }

  private open(chatId: string | null): void {
    if (chatId === null) {
      if (this.conversation.chatId === null && this.conversation.rows.length === 0) return;
      this.giveUp(this.conversation);
      this.show(this.fresh(null));
      return;
    }
    this.chats.mark(chatId, { unread: false });
    if (this.conversation.chatId === chatId && this.kept.includes(this.conversation)) return;
    this.giveUp(this.conversation);
    this.show(this.kept.find((c) => c.chatId === chatId) ?? this.keep(this.fresh(chatId)));
    void this.conversation.load();
  }

  /** A chat that was made for a question which was refused is none when it is left; the next new one begins with what was typed. */
  private giveUp(conversation: Conversation): void {
    const { chatId, isVoid, typed } = conversation;
    if (chatId === null || !isVoid) return;
    keepDraft(null, joined(typed, draftOf(null)));
    // Whoever comes back to it all the same finds it as it is by then.
    conversation.close();
    this.kept = this.kept.filter((c) => c !== conversation);
    // As far as it can be done: an empty chat harms nobody.
    this.discard(chatId).catch(() => undefined);
  }

  /** Deletes a chat in which nothing was said, here or elsewhere. */
  private async discard(chatId: string): Promise<void> {
    const { items } = await this.api.messages(chatId, null, 1);
    if (items.length === 0 && this.conversation.chatId !== chatId) await this.deleteChat(chatId);
  }

  private fresh(chatId: string | null): Conversation {
    return new Conversation(
      this.api,
      {
        created: (conversation, chat) => {
          this.chats.put(chat);
          this.keep(conversation);
          if (this.conversation === conversation) history.replaceState(null, "", hashOf(chat.id));
        },
        started: (conversation, here) => this.started(conversation, here),
        finished: (conversation, live) => this.finished(conversation, live),
        missing: (conversation) => conversation.chatId !== null && this.gone(conversation.chatId),
        standardModel: () => standardOf(this.models.items)?.id ?? null,
      },
      chatId,
    );
  }

  /** The stream of an answer is held by what is on the screen alone: browsers open six connections over HTTP/1.1, of all tabs together. */
  private show(conversation: Conversation): void {
    (this.conversation as Conversation | undefined)?.watch(false);
    this.conversation = conversation;
    conversation.watch(!document.hidden);
  }

  /** Chats stay in memory so that going back is instant; what was written of an answer meanwhile is caught up with. */
  private keep(conversation: Conversation): Conversation {
    this.kept = [conversation, ...this.kept.filter((c) => c !== conversation)];
    const idle = this.kept.slice(KEPT_CONVERSATIONS).filter((c) => !c.sending && c !== this.conversation);
    for (const old of idle) old.close();
    this.kept = this.kept.filter((c) => !idle.includes(c));
    return conversation;
  }

  private started(conversation: Conversation, here: boolean): void {
    const id = conversation.chatId;
    if (id === null) return;
    this.chats.mark(id, { running: true });
    if (!here) return;
    this.chats.touch(id);
    this.tabs.post({ type: "chats", chatId: id });
  }

  private finished(conversation: Conversation, live: LiveAnswer): void {
    if (conversation.chatId !== null) this.newsroom.ended(conversation.chatId, live.id, live.view.phase);
  }

  private drop(id: string): void {
    this.search.forget(id);
    const open = this.conversation.chatId === id;
    this.kept.find((c) => c.chatId === id)?.close();
    this.kept = this.kept.filter((c) => c.chatId !== id);
    forgetChat(id);
    if (!open) return;
    this.show(this.fresh(null));
    history.replaceState(null, "", hashOf(null));
  }

  private fromOtherTab(chatId: string | null): void {
    void this.chats.load();
    if (chatId !== null && this.conversation.chatId === chatId) void this.conversation.load();
  }
}

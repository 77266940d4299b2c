import { beforeEach, expect, test, vi } from "vitest";
import type { Api } from "../client/api.ts";
import { Problem, Unreachable } from "../wire/problem.ts";
import { Chats } from "./chats.svelte.ts";
import type { Conversation } from "./conversation.svelte.ts";
import { until } from "./harness.ts";
import { Newsroom, type Scene } from "./newsroom.ts";

const at = "2026-01-01T00:00:00Z";
const chat = (id: string, title = id) => ({ id, title, createdAt: at, updatedAt: at });

/** A page with the chat `open` on the screen, another one in its list, and a server that counts what is asked. */
async function page() {
  const active: Record<string, string | null | Error> = {};
  let listed = [chat("open", "Open"), chat("other", "Other")];
  const api = {
    chats: vi.fn(async () => ({ items: listed, nextCursor: null })),
    chat: vi.fn(async (id: string) => {
      const generation = active[id] ?? null;
      if (generation instanceof Error) throw generation;
      return { ...chat(id), activeGenerationId: generation };
    }),
  };
  const chats = new Chats(api as unknown as Api);
  await chats.load();
  const spoken: string[] = [];
  const conversation = { chatId: "open", title: "Open", follows: false, live: null as { id: string } | null, heard: vi.fn(), load: vi.fn(async () => undefined) };
  const scene: Scene = {
    chats,
    conversation: conversation as unknown as Conversation,
    conversationOf: (id) => (id === "open" ? (conversation as unknown as Conversation) : undefined),
    gone: vi.fn(),
    speak: (text) => void spoken.push(text),
  };
  const list = (...ids: string[]) => (listed = ids.map((id) => chat(id)));
  return { room: new Newsroom(api as unknown as Api, scene), chats, spoken, conversation, scene, api, active, list };
}

const news = (chatId: string, status: "queued" | "streaming" | "succeeded" | "failed" | "canceled", generationId = "g") =>
  ({ type: "generation", chatId, generationId, status }) as const;

beforeEach(() => localStorage.clear());

test.each([
  ["succeeded", "The answer in Other is complete", true],
  ["failed", "The answer in Other has failed", true],
  ["canceled", "The answer in Other was stopped", false],
] as const)("an answer in another chat that %s says so, once", async (status, words, unread) => {
  const { room, chats, spoken } = await page();
  room.take(news("other", "queued"));
  room.take(news("other", "streaming"));
  expect([chats.running.has("other"), chats.unread.has("other")]).toEqual([true, false]);
  room.take(news("other", status));
  // Its own stream says the same.
  room.ended("other", "g", status);
  expect([chats.running.has("other"), chats.unread.has("other"), spoken]).toEqual([false, unread, [words]]);
  // What comes late is no beginning.
  room.take(news("other", "streaming"));
  expect(chats.running.has("other")).toBe(false);
});

test("a second answer in the same chat is told, too", async () => {
  const { room, chats, spoken } = await page();
  room.take(news("other", "succeeded", "g1"));
  chats.mark("other", { unread: false });
  room.take(news("other", "succeeded", "g1"));
  expect(chats.unread.has("other")).toBe(false);
  room.take(news("other", "succeeded", "g2"));
  expect([chats.unread.has("other"), spoken.length]).toEqual([true, 2]);
});

test("the open chat looks for answers of others, and its own one speaks for itself", async () => {
  const { room, chats, spoken, conversation } = await page();
  conversation.live = { id: "own" };
  room.take(news("open", "succeeded", "own"));
  expect(spoken).toEqual([]);
  room.take(news("open", "succeeded", "far"));
  expect(conversation.heard.mock.calls).toEqual([["own"], ["far"]]);
  expect([spoken, chats.unread.has("open")]).toEqual([["The answer in Open is complete"], false]);
});

test("names, new chats and deleted ones are told", async () => {
  const { room, chats, conversation, scene, list } = await page();
  room.take({ type: "chat", chatId: "open", title: "Named" });
  expect([chats.titleOf("open"), conversation.title]).toEqual(["Named", "Named"]);
  list("new", "open", "other");
  room.take({ type: "chat", chatId: "new", title: "New" });
  await until(() => chats.has("new"));
  list("far", "new", "open", "other");
  room.take(news("far", "queued"));
  await until(() => chats.has("far"));
  room.take({ type: "deleted", chatId: "other" });
  expect(scene.gone).toHaveBeenCalledWith("other");
});

test("it listens on one stream while somebody looks, and again after it was refused for good", async () => {
  const { api, conversation, scene } = await page();
  const signals: AbortSignal[] = [];
  let refuse = false;
  const news = async (signal: AbortSignal) => {
    signals.push(signal);
    if (refuse) throw new Problem(403, {});
    return new Response(new ReadableStream());
  };
  const room = new Newsroom({ ...api, news } as unknown as Api, scene);
  room.listen();
  room.listen();
  await until(() => conversation.load.mock.calls.length === 1);
  expect(signals.map((signal) => signal.aborted)).toEqual([false]);
  room.pause();
  expect(signals.map((signal) => signal.aborted)).toEqual([true]);
  refuse = true;
  room.listen();
  await until(() => signals.length === 2);
  refuse = false;
  await until(() => {
    room.listen();
    return signals.length === 3;
  });
  room.pause();
});

test("who missed something looks at the list, the open chat, and what was being answered", async () => {
  const { room, chats, conversation, api, active } = await page();
  for (const id of ["open", "other", "still", "gone", "unknown"]) room.take(news(id, "streaming"));
  Object.assign(active, { still: "g", gone: new Problem(404, {}), unknown: new Unreachable(null) });
  const [lists, loads] = [api.chats.mock.calls.length, conversation.load.mock.calls.length];
  room.take({ type: "missed" });
  await until(() => !chats.running.has("gone") && !chats.running.has("other"));
  expect([...chats.running].sort()).toEqual(["still", "unknown"]);
  expect([...chats.unread]).toEqual(["other"]);
  expect([api.chats.mock.calls.length, conversation.load.mock.calls.length]).toEqual([lists + 1, loads + 1]);
});

test("how an answer ended that nobody looks at is asked for, also where its chat is kept", async () => {
  const { room, chats, conversation, active } = await page();
  for (const follows of [true, false]) {
    conversation.follows = follows;
    room.take(news("open", "streaming"));
    active.open = null;
    room.take({ type: "missed" });
    await new Promise((done) => setTimeout(done));
    expect(chats.running.has("open")).toBe(follows);
  }
});

import { beforeEach, expect, test, vi } from "vitest";
import { App } from "./app.svelte.ts";
import { draftOf } from "./drafts.ts";
import { accepted, chat, endingPages, finished, json, until } from "./harness.ts";

/** A page before a server that refuses every question with `status`, until it does not. */
async function page(status: number) {
  const world = { refuses: true, messages: [] as object[], listed: [] as object[], seen: [] as string[] };
  vi.stubGlobal("fetch", async (url: string, init: RequestInit = {}) => {
    const path = url.split("?")[0]!;
    const method = init.method ?? "GET";
    if (path === "/api/auth/refresh") return json({ user: { id: "ann", email: "a@b.c", role: "user" }, accessToken: "t", expiresIn: 900 });
    if (method !== "GET") world.seen.push(`${method} ${path}`);
    if (path.endsWith("/stream")) return finished();
    if (path === "/api/events") return new Response(new ReadableStream());
    if (method === "DELETE") world.listed = [];
    if (method === "DELETE") return new Response(null, { status: 204 });
    if (path.endsWith("/generations")) return world.refuses ? json({ code: "no" }, status) : json(accepted, 202);
    if (method === "POST") world.listed = [chat];
    if (method === "POST") return json(chat, 201);
    if (path.endsWith("/messages")) return json({ items: world.messages, nextCursor: null });
    return json(path === "/api/chats/c" || path === "/api/chats/d" ? { ...chat, id: path.slice(-1) } : { items: path === "/api/chats" ? world.listed : [], nextCursor: null });
  });
  const app = new App();
  await app.start();
  await app.conversation.send("Hi");
  return { app, world };
}

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
  return endingPages();
});

const settled = () => new Promise((done) => setTimeout(done, 20));

test.each([403, 409, 422, 429])("a first question that is refused with %i leaves no chat behind, but what was typed", async (status) => {
  const { app, world } = await page(status);
  expect([app.conversation.chatId, app.chats.has("c")]).toEqual(["c", true]);
  app.newChat();
  await until(() => !app.chats.has("c"));
  expect(world.seen).toEqual(["POST /api/chats", "POST /api/chats/c/generations", "DELETE /api/chats/c"]);
  expect([app.conversation.chatId, draftOf(null), draftOf("c")]).toEqual([null, "Hi", ""]);
});

test("so does one that was taken back, when another chat is opened", async () => {
  const { app, world } = await page(422);
  const text = app.conversation.takeBack()!;
  app.conversation.draftSource = () => text;
  app.go("d");
  await until(() => world.seen.includes("DELETE /api/chats/c"));
  await until(() => !app.chats.has("c"));
  expect([app.conversation.chatId, draftOf(null), location.hash]).toEqual(["d", "Hi", "#/chats/d"]);
});

test("a question that is tried again is asked in the chat that was made for it", async () => {
  const { app, world } = await page(429);
  world.refuses = false;
  await app.conversation.tryAgain();
  await until(() => app.conversation.live?.view.phase === "succeeded");
  expect(world.seen).toEqual(["POST /api/chats", "POST /api/chats/c/generations", "POST /api/chats/c/generations"]);
  app.newChat();
  await settled();
  expect(world.seen).toHaveLength(3);
});

test("a chat in which something was said elsewhere stays", async () => {
  const { app, world } = await page(422);
  world.messages = [{ id: "m1", chatId: "c", role: "user", content: "Ho", createdAt: "2026-01-01T00:00:00Z" }];
  app.newChat();
  await settled();
  expect([world.seen.length, app.chats.has("c")]).toEqual([2, true]);
  // Who looks there and goes again has what was typed once.
  app.go("c");
  await until(() => app.conversation.rows.length === 1);
  app.newChat();
  await settled();
  expect([world.seen.length, draftOf(null)]).toEqual([2, "Hi"]);
});

test("so does one whose question may have been accepted", async () => {
  // Whoever waits to try again does so at once.
  const online = setInterval(() => window.dispatchEvent(new Event("online")), 1);
  const { app, world } = await page(503);
  clearInterval(online);
  app.newChat();
  await settled();
  expect([new Set(world.seen), app.chats.has("c")]).toEqual([new Set(["POST /api/chats", "POST /api/chats/c/generations"]), true]);
});

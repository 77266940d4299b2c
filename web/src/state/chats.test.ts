import { expect, test } from "vitest";
import type { Api } from "../client/api.ts";
import { Problem } from "../wire/problem.ts";
import type { Chat, Page } from "../wire/shapes.ts";
import { Chats } from "./chats.svelte.ts";

const PAGE = 3;

/** A server with chats named by when they were made, which pages them as the real one does: the latest changed first. */
class Server {
  chats: Chat[] = [];
  away = false;
  private clock = 0;

  constructor(...ids: string[]) {
    for (const id of ids) this.make(id);
  }

  make(id: string): Chat {
    const at = this.now();
    const chat = { id, title: id, createdAt: at, updatedAt: at };
    this.chats.push(chat);
    return chat;
  }

  say(id: string): void {
    this.chats = this.chats.map((chat) => (chat.id === id ? { ...chat, updatedAt: this.now() } : chat));
  }

  api(): Api {
    return { chats: async (cursor: string | null) => this.page(cursor) } as unknown as Api;
  }

  private page(cursor: string | null): Page<Chat> {
    if (this.away) throw new Error("away");
    const sorted = [...this.chats].sort((a, b) => b.updatedAt.localeCompare(a.updatedAt));
    const below = sorted.filter((chat) => cursor === null || chat.updatedAt < cursor);
    const items = below.slice(0, PAGE);
    return { items, nextCursor: below.length > PAGE ? (items.at(-1)?.updatedAt ?? null) : null, prevCursor: null };
  }

  private now(): string {
    return new Date(Date.UTC(2026, 0, 1) + this.clock++ * 1000).toISOString();
  }
}

const names = (chats: Chats) => chats.items.map((chat) => chat.id).join("");

async function listOf(server: Server, pages: number): Promise<Chats> {
  const chats = new Chats(server.api());
  await chats.load();
  for (let read = 1; read < pages; read++) await chats.more();
  return chats;
}

test("a list that was read further shows every chat after another tab has sent", async () => {
  const server = new Server("a", "b", "c", "d", "e", "f", "g", "h");
  // Old ones that were used lately: by when they were made, others would be above them.
  for (const id of ["a", "b"]) server.say(id);
  const chats = await listOf(server, 2);
  expect(names(chats)).toBe("bahgfe");
  server.say("c");
  await chats.load();
  expect(names(chats)).toBe("cbahgf");
  await chats.more();
  expect(names(chats)).toBe("cbahgfed");
  expect(chats.hasMore).toBe(false);
});

test("a page of new chats elsewhere leaves no gap", async () => {
  const server = new Server("a", "b", "c", "d", "e", "f");
  const chats = await listOf(server, 2);
  for (const id of ["s", "t", "u", "v"]) server.make(id);
  await chats.load();
  expect(names(chats)).toBe("vutsfe");
  await chats.more();
  await chats.more();
  expect(names(chats)).toBe("vutsfedcba");
});

test("a chat that is gone elsewhere is gone here, also far down", async () => {
  const server = new Server("a", "b", "c", "d", "e");
  const chats = await listOf(server, 2);
  server.chats = server.chats.filter((chat) => chat.id !== "a");
  await chats.load();
  expect(names(chats)).toBe("edcb");
});

test("what changes while the list is read is read again", async () => {
  const server = new Server("a", "b");
  const chats = await listOf(server, 1);
  const reading = chats.load();
  chats.put(server.make("new"));
  await reading;
  expect(names(chats)).toBe("newba");
  const first = chats.load();
  server.say("a");
  await Promise.all([first, chats.load()]);
  expect(names(chats)).toBe("anewb");
});

test("a reading that fails keeps the list, and says so", async () => {
  const server = new Server("a", "b", "c", "d");
  const chats = await listOf(server, 2);
  server.away = true;
  await chats.load();
  expect([names(chats), chats.failure]).toEqual(["dcba", new Error("away")]);
  server.away = false;
  server.say("a");
  await chats.load();
  expect([names(chats), chats.failure]).toEqual(["adcb", null]);
});

/** A list with the chats `a` and `b`, of a server that answers a change as `change` says. */
async function changed(change: () => Promise<unknown>) {
  const server = new Server("a", "b");
  const chats = new Chats({ ...server.api(), deleteChat: change, renameChat: change } as unknown as Api);
  await chats.load();
  return { server, chats };
}

test.each([
  ["was deleted already is gone", new Problem(404, {}), "b", undefined],
  ["cannot be deleted stays", new Problem(503, {}), "ba", { status: 503 }],
])("a chat that %s", async (_, refusal, left, failure) => {
  const { chats } = await changed(() => Promise.reject(refusal));
  const failed = await chats.remove("a").catch((error: unknown) => error);
  expect(failed ?? {}).toMatchObject(failure ?? {});
  expect([names(chats), failed === undefined]).toEqual([left, failure === undefined]);
});

test("a name that was refused is taken back, and nothing else that changed meanwhile", async () => {
  let refuse = (_: Error) => {};
  const { server, chats } = await changed(() => new Promise((_, reject) => (refuse = reject)));
  const renaming = chats.rename("a", "new name").catch((error: unknown) => error);
  chats.forget("b");
  chats.put(server.make("c"));
  expect(chats.titleOf("a")).toBe("new name");
  refuse(new Problem(422, {}));
  expect(await renaming).toBeInstanceOf(Problem);
  expect([names(chats), chats.titleOf("a")]).toEqual(["ca", "a"]);
});

test("a name that somebody else gave meanwhile stays when another is refused", async () => {
  let refuse = (_: Error) => {};
  const { chats } = await changed(() => new Promise((_, reject) => (refuse = reject)));
  const renaming = chats.rename("a", "new name").catch(() => undefined);
  chats.named("a", "their name");
  refuse(new Problem(422, {}));
  await renaming;
  expect(chats.titleOf("a")).toBe("their name");
});

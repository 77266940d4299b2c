import { beforeEach, expect, test } from "vitest";
import type { Message } from "../wire/shapes.ts";
import { accepted, chat, conversation, finished, json, shown, stream, until } from "./harness.ts";

beforeEach(() => localStorage.clear());

const stored = (id: string, role: Message["role"], content: string, parentId: string | null, generationId?: string): Message => ({
  id, chatId: "c", role, content, parentId, generationId, createdAt: "2026-01-01T00:00:00Z",
});
const before = [stored("m0b", "assistant", "Old answer", "m0", "g0"), stored("m0", "user", "Old question", null)];
const history = [["user", "Old question"], ["assistant", "Old answer"]];
const exchange = [["user", "Hi"], ["assistant", "Hello"]];

/** A gate in the way of an answer of the server. */
function gate() {
  let open = () => {};
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open, passed };
}

/** A server with a chat, which takes a message when a gate lets it, and sends the first page, which it made before, when another does. */
function slow() {
  const [asked, messages] = [gate(), gate()];
  let items = before;
  let first = true;
  const made = conversation(async ({ path }) => {
    if (path.endsWith("/stream")) return finished();
    if (path.endsWith("/generations")) {
      await asked.passed;
      items = [stored("m1", "user", "Hi", "m0b", "g"), ...before];
      return json(accepted, 202);
    }
    if (path.startsWith("/api/generations/")) return json({ id: "g0", status: "succeeded", inputTokens: 1, outputTokens: 1 });
    if (!path.endsWith("/messages")) return json(chat);
    const page = items;
    const isFirst = first;
    first = false;
    if (isFirst) await messages.passed;
    return json({ items: page, nextCursor: "older" });
  }, "c");
  return { ...made, asked, messages };
}

test("a message sent while the chat is read does not cost its history", async () => {
  const { it, asked, messages } = slow();
  const loading = it.load();
  const sending = it.send("Hi");
  messages.open();
  await loading;
  expect(shown(it)).toEqual([["user", "Hi"], ["assistant", ""]]);
  asked.open();
  await sending;
  await until(() => it.line.length === 4 && it.live?.view.phase === "succeeded");
  expect(shown(it)).toEqual([...history, ...exchange]);
  expect(it.hasOlder).toBe(true);
});

test("a page from before a message that comes after it costs neither", async () => {
  const { it, asked, messages } = slow();
  const loading = it.load();
  asked.open();
  await it.send("Hi");
  messages.open();
  await loading;
  await until(() => it.line.length === 4 && it.live?.view.phase === "succeeded");
  expect(shown(it)).toEqual([...history, ...exchange]);
});

test("what is asked to be read while it is read is read again", async () => {
  const { it, messages, seen } = slow();
  const loading = it.load();
  await it.load();
  messages.open();
  await loading;
  await until(() => seen.filter((request) => request.endsWith("/messages")).length === 2);
  expect(shown(it)).toEqual(history);
});

test("older messages are read until there are some to see", async () => {
  const pages: Record<string, Message[]> = {
    "": [stored("m9", "assistant", "new", "m1", "g9")],
    p2: [stored("m8", "user", "of another branch", "m2"), stored("m2", "assistant", "former", "m1", "g2")],
    p3: [stored("m1", "user", "question", null)],
  };
  const next: Record<string, string | null> = { "": "p2", p2: "p3", p3: null };
  const { it } = conversation(({ path, query }) => {
    const cursor = new URLSearchParams(query).get("cursor") ?? "";
    if (path.endsWith("/messages")) return json({ items: pages[cursor], nextCursor: next[cursor] });
    return json(path.startsWith("/api/generations/") ? { id: "g9", status: "succeeded", inputTokens: 1, outputTokens: 1 } : chat);
  }, "c");
  await it.load();
  expect(shown(it)).toEqual([["assistant", "new"]]);
  await it.loadOlder();
  expect(shown(it)).toEqual([["user", "question"], ["assistant", "new"]]);
  expect([it.hasOlder, it.loadFailure]).toEqual([false, null]);
});

test("an answer that is asked for elsewhere is read, one of this tab is not", async () => {
  let active: string | null = null;
  let items = before;
  const asked = gate();
  const { it, seen } = conversation(async ({ path }) => {
    if (path.endsWith("/g3/stream")) return stream({ type: "delta", delta: "Far" }, { type: "done", status: "succeeded", messageId: "m4" });
    if (path.endsWith("/stream")) return finished();
    if (path.endsWith("/generations")) {
      await asked.passed;
      return json(accepted, 202);
    }
    if (path.endsWith("/messages")) return json({ items, nextCursor: null });
    if (path.startsWith("/api/generations/")) return json({ id: "g0", status: "succeeded", inputTokens: 1, outputTokens: 1 });
    return json({ ...chat, activeGenerationId: active });
  }, "c");
  await it.load();
  const read = () => seen.filter((request) => request.endsWith("/messages")).length;
  const sending = it.send("Hi");
  it.heard("g");
  asked.open();
  await sending;
  await until(() => it.live?.view.phase === "succeeded");
  it.heard("g");
  expect(read()).toBe(1);
  [active, items] = ["g3", [stored("m3", "user", "Elsewhere", "m2", "g3"), stored("m2", "assistant", "Hello", "m1", "g"), stored("m1", "user", "Hi", "m0b"), ...before]];
  it.heard("g3");
  await until(() => it.live?.id === "g3" && it.live.view.phase === "succeeded");
  expect(shown(it)).toEqual([...history, ...exchange, ["user", "Elsewhere"], ["assistant", "Far"]]);
});

test("an answer that is told of while another request is on its way is looked for afterwards", async () => {
  const { it, asked, messages, seen } = slow();
  messages.open();
  const sending = it.send("Hi");
  it.heard("g7");
  asked.open();
  await sending;
  await until(() => seen.some((request) => request.endsWith("/messages")));
});

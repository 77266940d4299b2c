import { beforeEach, expect, test, vi } from "vitest";
import { App } from "./app.svelte.ts";
import { accepted, chat, conversation, endingPages, json, shown, until, type Handler } from "./harness.ts";

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
  const end = endingPages();
  return () => {
    end();
    vi.restoreAllMocks();
  };
});

/** Streams that stay open, each with an event of its own, and end with their requests as those of browsers do. */
function streams() {
  const open = new Set<string>();
  const from: (string | null)[] = [];
  const handler = ({ path, lastEventId, signal }: Pick<Parameters<Handler>[0], "path" | "lastEventId" | "signal">) => {
    from.push(lastEventId);
    open.add(path);
    const seq = Number(lastEventId ?? 0) + 1;
    return new Response(
      new ReadableStream({
        start(body) {
          body.enqueue(new TextEncoder().encode(`id: ${seq}\ndata: {"type":"delta","delta":"${seq} "}\n\n`));
          signal?.addEventListener("abort", () => {
            open.delete(path);
            body.error(signal.reason);
          });
        },
      }),
    );
  };
  return { open, from, handler };
}

test("an answer that nobody looks at holds no stream, and goes on where it was when somebody does", async () => {
  const { open, from, handler } = streams();
  const { it } = conversation((request) => (request.path.endsWith("/stream") ? handler(request) : json(accepted, 202)), "c");
  await it.send("Hi");
  await until(() => it.live?.view.text === "1 ");
  expect([open.size, it.follows]).toEqual([1, true]);
  it.watch(false);
  await until(() => open.size === 0);
  expect([it.busy, it.follows, it.live?.view.lost]).toEqual([true, false, false]);
  it.watch(true);
  await until(() => it.live?.view.text === "1 2 ");
  expect([open.size, from, shown(it)]).toEqual([1, [null, "1"], [["user", "Hi"], ["assistant", "1 2 "]]]);
  it.close();
});

test("an answer that begins when nobody looks any more waits for somebody", async () => {
  const { open, handler } = streams();
  const { it, seen } = conversation((request) => (request.path.endsWith("/stream") ? handler(request) : json(accepted, 202)), "c");
  const sending = it.send("Hi");
  it.watch(false);
  await sending;
  expect([seen, it.busy]).toEqual([["POST /api/chats/c/generations"], true]);
  it.watch(true);
  await until(() => open.size === 1);
  it.close();
  await until(() => open.size === 0);
});

/** A page that has asked in the chats `ids`, one after the other. */
async function page(...ids: string[]) {
  const { open, handler } = streams();
  vi.stubGlobal("fetch", async (url: string, init: RequestInit = {}) => {
    const path = url.split("?")[0]!;
    if (path === "/api/auth/refresh") return json({ user: { id: "ann", email: "a@b.c", role: "user" }, accessToken: "t", expiresIn: 900 });
    const headers = new Headers(init.headers);
    if (path.endsWith("/stream") || path === "/api/events") return handler({ path, lastEventId: headers.get("last-event-id"), signal: init.signal ?? null });
    const id = path.split("/")[3];
    if (path.endsWith("/generations")) return json({ ...accepted, chatId: id, generationId: `of-${id}` }, 202);
    if (/chats\/[a-z]$/.test(path)) return json({ ...chat, id, activeGenerationId: `of-${id}` });
    return json({ items: [], nextCursor: null });
  });
  const app = new App();
  await app.start();
  for (const id of ids) {
    app.go(id);
    await until(() => app.conversation.chatId === id);
    await app.conversation.send("Hi");
  }
  const answers = () => [...open].filter((path) => path.endsWith("/stream"));
  return { app, open, answers };
}

const hide = (hidden: boolean) => {
  vi.spyOn(document, "hidden", "get").mockReturnValue(hidden);
  document.dispatchEvent(new Event("visibilitychange"));
};

test("only the chat on the screen holds a stream, and going back goes on", async () => {
  const { app, answers } = await page("a", "b", "c");
  await until(() => answers().join() === "/api/generations/of-c/stream");
  app.go("a");
  await until(() => answers().join() === "/api/generations/of-a/stream");
  expect([...app.chats.running].sort()).toEqual(["a", "b", "c"]);
  app.session.leave();
});

test("a tab that nobody sees holds none", async () => {
  const { app, open } = await page("a");
  await until(() => open.size === 2);
  hide(true);
  await until(() => open.size === 0);
  hide(false);
  await until(() => open.size === 2);
  app.session.leave();
});

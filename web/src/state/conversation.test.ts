import { beforeEach, expect, test } from "vitest";
import { draftOf, keepDraft } from "./drafts.ts";
import { accepted, chat, conversation, finished, json, shown, stream, until, type Handler } from "./harness.ts";
import { strip } from "./strip.ts";

beforeEach(() => localStorage.clear());

test("the bubble and the answer's row are there before the server has said anything", async () => {
  const { it, events } = conversation(({ method, path }) => {
    if (method === "POST" && path === "/api/chats") return json(chat, 201);
    return path.endsWith("/stream") ? finished() : json(accepted, 202);
  });
  const sending = it.send("Hi");
  expect(shown(it)).toEqual([["user", "Hi"], ["assistant", ""]]);
  const keys = it.rows.map((row) => row.key);
  await sending;
  await until(() => it.live?.view.phase === "succeeded");
  expect(shown(it)).toEqual([["user", "Hi"], ["assistant", "Hello"]]);
  expect(it.rows.map((row) => row.key)).toEqual(keys);
  expect(it.rows[1]).toMatchObject({ usage: { inputTokens: 1, outputTokens: 2 }, messageId: "m2" });
  expect([events.created.mock.calls.length, events.started.mock.calls.length]).toEqual([1, 1]);
});

test("what was refused for what it says is sent again with the settings as they are then", async () => {
  const handler: Handler = ({ path, body }) => {
    if (path.endsWith("/stream")) return finished();
    return body.maxTokens === 20 ? json({ errors: [{ pointer: "/maxTokens", detail: "must be 1 to 10" }] }, 422) : json(accepted, 202);
  };
  const { it, bodies } = conversation(handler, "c");
  it.configure({ ...it.settings, maxTokens: 20 });
  await it.send("Hi");
  expect(it.sendFailure).not.toBeNull();
  it.configure({ ...it.settings, maxTokens: 10 });
  await it.tryAgain();
  await until(() => it.live?.view.phase === "succeeded");
  expect(bodies.map((body) => body.maxTokens)).toEqual([20, 10]);
  expect(shown(it)).toEqual([["user", "Hi"], ["assistant", "Hello"]]);
});

test("a lost request is sent again with the same request id", async () => {
  let lost = 1;
  const { it, bodies } = conversation(({ path }) => (path.endsWith("/stream") ? finished() : lost-- > 0 ? new TypeError("reset") : json(accepted, 202)), "c");
  await it.send("Hi");
  expect(bodies).toHaveLength(2);
  expect(bodies[0]).toEqual(bodies[1]);
  expect(bodies[0]?.requestId).toMatch(/^[0-9a-f-]{36}$/);
  it.close();
});

test("what another answer stands in the way of is sent again as the same request, which stops that one first", async () => {
  const busy = { code: "generation_in_flight", generationId: "g0" };
  const { it, bodies, seen } = conversation(({ path, body }) => {
    if (path.endsWith("/stream")) return finished();
    return body.onBusy === "interrupt" ? json(accepted, 202) : json(busy, 409);
  }, "c");
  await it.send("Hi");
  expect(it.sendFailure).toMatchObject({ status: 409, generationId: "g0" });
  await it.tryAgain("interrupt");
  await until(() => it.live?.view.phase === "succeeded");
  expect(bodies[1]).toEqual({ ...bodies[0], onBusy: "interrupt" });
  expect(seen.filter((request) => request.endsWith("/cancel"))).toEqual([]);
  expect(shown(it)).toEqual([["user", "Hi"], ["assistant", "Hello"]]);
});

test("a refused message stays, keeps its draft, and can be tried again or taken back", async () => {
  keepDraft("c", "Hi");
  let refuse = true;
  const { it, bodies } = conversation(({ path }) => (path.endsWith("/stream") ? finished() : refuse ? json({ code: "invalid" }, 422) : json(accepted, 202)), "c");
  await it.send("Hi");
  expect(shown(it)).toEqual([["user", "Hi"]]);
  expect(it.sendFailure).toMatchObject({ status: 422 });
  expect(draftOf("c")).toBe("Hi");
  expect(it.takeBack()).toBe("Hi");
  expect(it.rows).toEqual([]);

  await it.send("Hi");
  refuse = false;
  await it.tryAgain();
  await until(() => it.live?.view.phase === "succeeded");
  expect(shown(it)).toEqual([["user", "Hi"], ["assistant", "Hello"]]);
  expect(bodies[2]?.requestId).not.toBe(bodies[1]?.requestId);
  expect(draftOf("c")).toBe("");
});

test("a reload joins the answer that is being written, which is there once", async () => {
  const messages = [{ id: "m1", chatId: "c", role: "user", content: "Hi", generationId: "g", createdAt: "2026-01-01T00:00:00Z" }];
  const { it } = conversation(({ path }) => {
    if (path.endsWith("/messages")) return json({ items: messages, nextCursor: null });
    return path.endsWith("/stream") ? finished() : json({ ...chat, activeGenerationId: "g" });
  }, "c");
  await it.load();
  expect(it.resumed).toBe(true);
  await until(() => it.live?.view.phase === "succeeded");
  await it.load();
  expect(shown(it)).toEqual([["user", "Hi"], ["assistant", "Hello"]]);
});

const question = { id: "m1", chatId: "c", role: "user", content: "Hi", generationId: "g", createdAt: "2026-01-01T00:00:00Z" };
const record = { id: "g", chatId: "c", status: "failed", model: "m", attempt: 4, inputTokens: null, outputTokens: null, errorCode: "overloaded", errorMessage: "Busy", retryAt: null };

test("an answer that failed before the reload says so, with its id, and can be tried again", async () => {
  const { it, bodies } = conversation(({ path }) => {
    if (path.endsWith("/messages")) return json({ items: [question], nextCursor: null });
    if (path === "/api/generations/g/regenerate") return json({ ...accepted, generationId: "g2" }, 202);
    if (path.endsWith("/stream")) return finished();
    return json(path.startsWith("/api/generations/") ? record : chat);
  }, "c");
  await it.load();
  expect(it.live?.view).toMatchObject({ id: "g", phase: "failed", failure: { message: "Busy" } });
  expect(strip({ sending: it.sending, sendFailure: it.sendFailure, canTakeBack: it.canTakeBack, loadFailure: it.loadFailure, view: it.live?.view ?? null, hint: null }, 0)).toMatchObject({
    tone: "error",
    text: "Failed: Busy.",
    id: "g",
    actions: ["copy-id", "try-again"],
  });
  expect(it.busy).toBe(false);
  expect(shown(it)).toEqual([["user", "Hi"], ["assistant", ""]]);
  await it.tryAgain();
  await until(() => it.live?.view.phase === "succeeded");
  expect(bodies).toEqual([{ temperature: null, maxTokens: null, requestId: expect.any(String) }]);
  expect(shown(it)).toEqual([["user", "Hi"], ["assistant", "Hello"]]);
  expect(it.rows).toHaveLength(2);
});

test("an answer asked for elsewhere while the chat was read is joined, not recalled", async () => {
  const { it } = conversation(({ path }) => {
    if (path.endsWith("/messages")) return json({ items: [question], nextCursor: null });
    if (path.endsWith("/stream")) return finished();
    return json(path.startsWith("/api/generations/") ? { ...record, status: "queued", errorCode: null, errorMessage: null } : chat);
  }, "c");
  await it.load();
  await until(() => it.live?.view.phase === "succeeded");
  expect(shown(it)).toEqual([["user", "Hi"], ["assistant", "Hello"]]);
});

test("a message that nobody was asked to answer stands alone", async () => {
  const { it, seen } = conversation(({ path }) => (path.endsWith("/messages") ? json({ items: [{ ...question, generationId: undefined }], nextCursor: null }) : json(chat)), "c");
  await it.load();
  expect(seen).toEqual(["GET /api/chats/c", "GET /api/chats/c/messages"]);
  expect([it.live, shown(it)]).toEqual([null, [["user", "Hi"]]]);
});

test("a stream that is over too early takes the end from the record and the text from the message", async () => {
  const stored = [
    { id: "m2", chatId: "c", role: "assistant", content: "Whole answer", parentId: "m1", generationId: "g", createdAt: "2026-01-01T00:00:01Z" },
    { id: "m1", chatId: "c", role: "user", content: "Hi", generationId: "g", createdAt: "2026-01-01T00:00:00Z" },
  ];
  const record = { id: "g", chatId: "c", status: "succeeded", model: "m", attempt: 1, inputTokens: 3, outputTokens: 4, errorCode: null, errorMessage: null, retryAt: null };
  const { it, events } = conversation(({ path }) => {
    if (path.endsWith("/messages")) return json({ items: stored, nextCursor: null });
    if (path.endsWith("/generations")) return json(accepted, 202);
    if (path.endsWith("/stream")) return new Response(null, { status: 204 });
    return json(path.startsWith("/api/generations/") ? record : chat);
  }, "c");
  await it.send("Hi");
  await until(() => events.finished.mock.calls.length === 1);
  expect(shown(it)).toEqual([["user", "Hi"], ["assistant", "Whole answer"]]);
});

test("what all attempts took is told at once, as it is after a reload", async () => {
  const retried = () => stream({ type: "retry", attempt: 2, reason: "overloaded" }, { type: "delta", delta: "Hello" }, { type: "usage", inputTokens: 1, outputTokens: 2 }, { type: "done", status: "succeeded", messageId: "m2" });
  const { it } = conversation(({ path }) => {
    if (path.endsWith("/generations")) return json(accepted, 202);
    return path.endsWith("/stream") ? retried() : json({ ...record, status: "succeeded", attempt: 2, inputTokens: 3, outputTokens: 5 });
  }, "c");
  await it.send("Hi");
  await until(() => it.rows[1]?.usage?.outputTokens === 5);
  expect(it.rows[1]).toMatchObject({ text: "Hello", messageId: "m2", usage: { inputTokens: 3, outputTokens: 5 } });
});

test("a chat that was left follows nothing any more", async () => {
  let answer = (_: Response) => {};
  const { it, seen, events } = conversation(({ path }) => {
    if (path.endsWith("/messages")) return new Promise((resolve) => (answer = resolve));
    return path.endsWith("/stream") ? finished() : json({ ...chat, activeGenerationId: "g" });
  }, "c");
  const loading = it.load();
  await until(() => seen.length === 2);
  it.close();
  answer(json({ items: [question], nextCursor: null }));
  await loading;
  expect([it.live, events.started.mock.calls.length, seen]).toEqual([null, 0, ["GET /api/chats/c", "GET /api/chats/c/messages"]]);
});

test("a chat that is gone is reported, not shown as an error", async () => {
  const { it, events } = conversation(() => json({}, 404), "c");
  await it.load();
  expect(events.missing).toHaveBeenCalledOnce();
  expect(it.loadFailure).toBeNull();
});

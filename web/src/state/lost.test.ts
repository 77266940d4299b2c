import { afterEach, beforeEach, expect, test } from "vitest";
import { Unreachable } from "../wire/problem.ts";
import { accepted, chat, conversation, finished, json, shown, stream, until } from "./harness.ts";

// Whoever waits to try again does so at once.
let online: ReturnType<typeof setInterval>;
beforeEach(() => {
  localStorage.clear();
  online = setInterval(() => window.dispatchEvent(new Event("online")), 1);
});
afterEach(() => clearInterval(online));

const question = { id: "m1", chatId: "c", role: "user", content: "Hi", parentId: null, createdAt: "2026-01-01T00:00:00Z" };
const answer = { id: "m2", chatId: "c", role: "assistant", content: "Hello", parentId: "m1", generationId: "g", createdAt: "2026-01-01T00:00:01Z" };
const exchange = [["user", "Hi"], ["assistant", "Hello"]];
const lost = new TypeError("reset");

/** A server that accepts as `generationId` what is sent at once, and whose answers to that are lost until it `answers`. */
function silent(generationId: string, before: object[], after: object[]) {
  const server = { answers: false, asked: 0, running: true, stream: finished };
  const made = conversation(({ path }) => {
    if (path.endsWith("/stream")) return server.stream();
    if (/\/(generations|regenerate)$/.test(path)) {
      server.asked += 1;
      return server.answers ? json({ ...accepted, generationId }, 202) : lost;
    }
    if (path.endsWith("/messages")) return json({ items: server.asked > 0 ? after : before, nextCursor: null });
    if (path.startsWith("/api/generations/")) return json({ id: path.split("/")[3], userMessageId: "m1", status: "succeeded", inputTokens: 1, outputTokens: 2 });
    return json({ ...chat, activeGenerationId: server.asked > 0 && server.running ? generationId : null });
  }, "c");
  return { ...made, server };
}

test.each([
  ["its answer is written", [{ ...question, generationId: "g" }], true],
  ["its answer is there", [answer, question], false],
])("a message whose acceptance was lost is known again when %s, and is there once", async (_, said, running) => {
  const { it, server, bodies } = silent("g", [], said);
  await it.send("Hi");
  expect([it.sendFailure instanceof Unreachable, shown(it)]).toEqual([true, [["user", "Hi"]]]);
  Object.assign(server, { answers: true, running });
  it.heard("g");
  await until(() => it.live?.view.phase === "succeeded");
  expect([it.sendFailure, shown(it), it.rows.length]).toEqual([null, exchange, 2]);
  expect(it.rows.map((row) => row.messageId)).toEqual(["m1", "m2"]);
  expect(new Set(bodies.map((body) => body.requestId)).size).toBe(1);
});

test("the same words in another place are another message", async () => {
  const { it, server } = silent("g", [], [{ ...question, parentId: "m0", generationId: "g" }]);
  await it.load();
  await it.send("Hi");
  const { asked } = server;
  await it.load();
  expect([server.asked, it.sendFailure instanceof Unreachable]).toEqual([asked, true]);
});

test("another answer whose acceptance was lost is tried for while it is written, and is there once", async () => {
  const { it, server } = silent("g2", [answer, question], [answer, question]);
  await it.load();
  await it.regenerate("g");
  expect(it.sendFailure).toBeInstanceOf(Unreachable);
  server.stream = () => new Response(new ReadableStream());
  await it.load();
  expect([it.live?.id, it.busy]).toEqual(["g2", true]);
  Object.assign(server, { answers: true, stream: () => stream({ type: "delta", delta: "Ho" }, { type: "done", status: "succeeded", messageId: "m3" }) });
  await it.tryAgain();
  await until(() => it.live?.view.phase === "succeeded");
  expect(it.rows.filter((row) => row.role === "assistant").map((row) => row.messageId)).toEqual(["m2", "m3"]);
  expect([it.sendFailure, shown(it)]).toEqual([null, [["user", "Hi"], ["assistant", "Ho"]]]);
});

test("an answer that is being written goes on when a try fails again", async () => {
  const { it, server, events } = silent("g2", [answer, question], [answer, question]);
  await it.load();
  await it.regenerate("g");
  server.stream = () => new Response(new ReadableStream());
  await it.load();
  const { live } = it;
  server.stream = finished;
  await it.tryAgain();
  expect(it.live).not.toBe(live);
  await until(() => it.live?.view.phase === "succeeded");
  expect([it.live?.id, events.finished.mock.calls.length]).toEqual(["g2", 1]);
});

test("what was not accepted starts no answer", async () => {
  const { it, server, events } = silent("g", [], [answer, question]);
  server.answers = true;
  await it.send("Hi");
  await until(() => it.live?.view.phase === "succeeded");
  server.answers = false;
  await it.send("More");
  expect([it.sendFailure instanceof Unreachable, events.started.mock.calls.length]).toEqual([true, 1]);
});

test("what is in the way of a message may be stopped for it, also where it is followed by then", async () => {
  let busy = true;
  const { it } = conversation(({ path, body }) => {
    if (path.endsWith("/g0/stream")) return new Response(new ReadableStream());
    if (path.endsWith("/stream")) return finished();
    if (path.endsWith("/messages")) return json({ items: [{ ...question, id: "m0", content: "Ho", generationId: "g0" }], nextCursor: null });
    if (!path.endsWith("/generations")) return json({ ...chat, activeGenerationId: busy ? "g0" : null, userMessageId: "m0", status: "canceled" });
    if (body.onBusy !== "interrupt") return json({ code: "generation_in_flight", generationId: "g0" }, 409);
    busy = false;
    return json(accepted, 202);
  }, "c");
  await it.send("Hi");
  await it.load();
  expect([it.live?.id, it.busy]).toEqual(["g0", true]);
  await it.tryAgain("interrupt");
  await until(() => it.live?.id === "g" && it.live.view.phase === "succeeded");
  expect(it.sendFailure).toBeNull();
});

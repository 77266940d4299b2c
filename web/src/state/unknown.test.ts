import { afterEach, beforeEach, expect, test } from "vitest";
import { isUnknown, Problem, Unreachable } from "../wire/problem.ts";
import { accepted, chat, conversation, finished, json, shown, until } from "./harness.ts";

// Whoever waits to try again does so at once.
let online: ReturnType<typeof setInterval>;
beforeEach(() => {
  localStorage.clear();
  online = setInterval(() => window.dispatchEvent(new Event("online")), 1);
});
afterEach(() => clearInterval(online));

test.each<[unknown, boolean]>([
  [new Unreachable(null), true],
  ...[500, 502, 503, 504].map((status) => [new Problem(status, {}), true] as [unknown, boolean]),
  ...[400, 401, 403, 404, 409, 422, 429, 501].map((status) => [new Problem(status, {}), false] as [unknown, boolean]),
  [new TypeError("a bug"), false],
])("after %s nobody knows what became of it: %s", (error, unknown) => expect(isUnknown(error)).toBe(unknown));

/** A server that takes a question and says so only after `failures` answers with `status`. */
function failing(status: number, failures: number) {
  let asked = 0;
  return conversation(({ path }) => {
    if (path.endsWith("/stream")) return finished();
    if (path.endsWith("/generations")) return asked++ < failures ? json({ code: "unavailable" }, status) : json(accepted, 202);
    if (path.endsWith("/messages")) return json({ items: [{ id: "m1", chatId: "c", role: "user", content: "Hi", parentId: null, generationId: "g", createdAt: "2026-01-01T00:00:00Z" }], nextCursor: null });
    return json({ ...chat, activeGenerationId: "g" });
  }, "c");
}

test.each([500, 502, 503, 504])("a question that is answered with %i is the same one when it is sent again", async (status) => {
  const { it, bodies } = failing(status, 2);
  await it.send("Hi");
  await until(() => it.live?.view.phase === "succeeded");
  expect([it.sendFailure, shown(it), bodies.length]).toEqual([null, [["user", "Hi"], ["assistant", "Hello"]], 3]);
  expect(new Set(bodies.map((body) => body.requestId)).size).toBe(1);
});

test("a question that seems to have failed is known again where its answer is written", async () => {
  const { it, bodies } = failing(503, 4);
  await it.send("Hi");
  expect([it.sendFailure, shown(it)]).toEqual([expect.objectContaining({ status: 503 }), [["user", "Hi"]]]);
  await it.load();
  await until(() => it.live?.view.phase === "succeeded");
  expect([it.sendFailure, shown(it), it.rows.length]).toEqual([null, [["user", "Hi"], ["assistant", "Hello"]], 2]);
  expect(new Set(bodies.map((body) => body.requestId)).size).toBe(1);
});

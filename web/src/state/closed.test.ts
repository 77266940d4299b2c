import { afterEach, beforeEach, expect, test } from "vitest";
import { draftOf } from "./drafts.ts";
import { accepted, chat, conversation, json, until } from "./harness.ts";
import { persistently } from "./send.ts";
import { Unreachable } from "../wire/problem.ts";

// Whoever waits to try again does so at once.
let online: ReturnType<typeof setInterval>;
beforeEach(() => {
  localStorage.clear();
  online = setInterval(() => window.dispatchEvent(new Event("online")), 1);
});
afterEach(() => clearInterval(online));

test("nothing is asked for a chat that was closed", async () => {
  const asked: string[] = [];
  const closed = AbortSignal.abort();
  await expect(persistently(async () => asked.push("once"), closed)).rejects.toBe(closed.reason);
  expect(asked).toEqual([]);
});

test("a question that could not be sent is not sent again after its chat was closed", async () => {
  const controller = new AbortController();
  let tries = 0;
  const end = persistently(async () => {
    if (++tries > 1) return "sent by another";
    // While it waits.
    window.addEventListener("online", () => controller.abort(), { once: true });
    throw new Unreachable(null);
  }, controller.signal);
  await expect(end).rejects.toMatchObject({ name: "AbortError" });
  expect(tries).toBe(1);
});

test("a chat that is made while its user leaves is none of the next one's, nor is its question", async () => {
  let make = (_: Response) => {};
  const { it, seen, events } = conversation(({ path }) => {
    if (path === "/api/chats") return new Promise((resolve) => (make = resolve));
    return json(accepted, 202);
  });
  it.draftSource = () => "typed since";
  const sending = it.send("Hi");
  await until(() => seen.length === 1);
  it.close();
  localStorage.clear();
  make(json(chat, 201));
  await sending;
  expect([seen, events.created.mock.calls, events.started.mock.calls, it.chatId]).toEqual([["POST /api/chats"], [], [], null]);
  expect([draftOf(null), localStorage.length]).toEqual(["", 0]);
});

test("a question that is accepted after its user has left leaves nothing to the next one", async () => {
  let accept = (_: Response) => {};
  const { it, seen, events } = conversation(() => new Promise((resolve) => (accept = resolve)), "c");
  it.draftSource = () => "typed since";
  const sending = it.send("Hi");
  await until(() => seen.length === 1);
  it.close();
  localStorage.clear();
  accept(json(accepted, 202));
  await sending;
  expect([seen.length, events.started.mock.calls, localStorage.length]).toEqual([1, [], 0]);
});

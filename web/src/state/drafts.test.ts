import { beforeEach, expect, test } from "vitest";
import type { Conversation } from "./conversation.svelte.ts";
import { draftOf, joined, keepDraft, typedIn } from "./drafts.ts";
import { accepted, chat, conversation, finished, json } from "./harness.ts";

beforeEach(() => localStorage.clear());

/** What a reload would find for the new chat. */
const stored = () => localStorage.getItem("sluice:draft:new") ?? "";

/** A gate in the way of the server's answer to each request of one kind. */
function gated() {
  const gates: { kind: string; answer: (response: Response | Error) => void }[] = [];
  const { it } = conversation(({ method, path }) => {
    if (path.endsWith("/stream")) return finished();
    if (method !== "POST") return json({ ...chat, items: [], nextCursor: null });
    return new Promise<Response>((resolve, reject) => gates.push({ kind: path, answer: (reply) => (reply instanceof Error ? reject(reply) : resolve(reply)) }));
  });
  const answer = async (response: Response | Error) => {
    gates.shift()?.answer(response);
    await new Promise((done) => setTimeout(done));
  };
  return { it, answer };
}

/** A composer that holds `text`. */
function composer(it: Conversation, text = "") {
  const holds = { text };
  it.draftSource = () => holds.text;
  it.putBack = (before) => {
    holds.text = joined(before, holds.text);
    it.keepTyped();
  };
  return holds;
}

test("what was typed stays a draft when something else is sent, and is the only one when that was accepted", async () => {
  const { it, answer } = gated();
  composer(it, "abc");
  void it.send("A suggestion");
  expect([stored(), draftOf(null)]).toEqual(["A suggestion\n\nabc", ""]);
  await answer(json(chat, 201));
  expect([stored(), draftOf("c")]).toEqual(["", "A suggestion\n\nabc"]);
  await answer(json(accepted, 202));
  expect(draftOf("c")).toBe("abc");
});

test("a first message that was not sent is a draft again, and is none for another new chat while it is on its way", async () => {
  const { it, answer } = gated();
  composer(it);
  void it.send("Hi");
  expect([stored(), draftOf(null)]).toEqual(["Hi", ""]);
  await answer(json({ code: "unavailable" }, 503));
  expect([draftOf(null), it.sendFailure === null]).toEqual(["Hi", false]);
});

test("what is typed into another new chat outlives the making of the first", async () => {
  const { it, answer } = gated();
  composer(it);
  void it.send("Hi");
  keepDraft(null, "for the other");
  await answer(json(chat, 201));
  expect([draftOf(null), draftOf("c")]).toEqual(["for the other", "Hi"]);
});

test("a message that was refused is given back when another one is sent", async () => {
  const { it, answer } = gated();
  it.chatId = "c";
  const holds = composer(it);
  void it.send("First");
  await answer(json({ code: "generation_in_flight", generationId: "g0" }, 409));
  void it.send("Second");
  expect([holds.text, draftOf("c")]).toEqual(["First", "Second\n\nFirst"]);
  expect(it.rows.filter((row) => row.role === "user").map((row) => row.text)).toEqual(["Second"]);
  await answer(json(accepted, 202));
  expect(draftOf("c")).toBe("First");
});

test("without a composer it is kept as a draft", async () => {
  const { it, answer } = gated();
  it.chatId = "c";
  void it.send("First");
  await answer(json({ code: "rate_limited" }, 429));
  it.draftSource = () => draftOf("c");
  void it.regenerate("g");
  expect(draftOf("c")).toContain("First");
});

test.each([
  ["", "", ""],
  ["sent", "sent", ""],
  ["sent\n\nmore", "sent", "more"],
  ["sentence", "sent", "sentence"],
  ["more", "", "more"],
])("of the draft %j, with %j on its way, %j was typed", (draft, sent, typed) => {
  expect(typedIn(draft, sent)).toBe(typed);
  if (sent && draft !== "sentence") expect(joined(sent, typed)).toBe(draft);
});

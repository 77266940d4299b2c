import { beforeEach, expect, test } from "vitest";
import type { Message } from "../wire/shapes.ts";
import type { Conversation } from "./conversation.svelte.ts";
import { chat, conversation, json, shown, stream, until } from "./harness.ts";
import type { Row } from "./rows.ts";

beforeEach(() => localStorage.clear());

/** A server with one chat, that keeps what is asked as the real one does. */
class Server {
  messages: Message[] = [];
  refuse: Response | null = null;
  private count = 0;

  say(role: Message["role"], content: string, parentId: string | null, generationId?: string): Message {
    const id = `m${++this.count}`;
    const message = { id, chatId: "c", role, content, parentId, generationId, createdAt: new Date(this.count * 1000).toISOString() };
    this.messages.unshift(message);
    return message;
  }

  open(standard: string | null = null) {
    return conversation(({ method, path, body }) => {
      const again = /generations\/(\w+)\/regenerate$/.exec(path)?.[1];
      const streamed = /generations\/(\w+)\/stream$/.exec(path)?.[1];
      if (streamed) return this.answered(streamed);
      if (this.refuse && method === "POST") return this.refuse.clone();
      if (again) return this.accepted(this.questionOf(again));
      if (path.endsWith("/messages")) return json({ items: this.messages, nextCursor: null });
      if (path.endsWith("/generations")) return this.accepted(this.say("user", String(body.userMessage), this.parentIn(body)).id);
      if (path.startsWith("/api/generations/")) return json({ id: path.split("/").at(-1), status: "succeeded", inputTokens: 1, outputTokens: 2 });
      return json(chat);
    }, "c", standard);
  }

  private readonly questions = new Map<string, string>();

  private questionOf(generationId: string): string {
    return this.questions.get(generationId) ?? this.messages.find((message) => message.generationId === generationId)?.parentId ?? "";
  }

  private parentIn(body: Record<string, unknown>): string | null {
    return "parentId" in body ? (body.parentId as string | null) : (this.messages[0]?.id ?? null);
  }

  private accepted(question: string): Response {
    const generationId = `g${++this.count}`;
    this.questions.set(generationId, question);
    return json({ generationId, chatId: "c", userMessageId: question, status: "queued", streamUrl: "" }, 202);
  }

  private answered(generationId: string): Response {
    const question = this.questions.get(generationId) ?? "";
    const text = `Answer ${generationId}`;
    const { id } = this.say("assistant", text, question, generationId);
    return stream({ type: "delta", delta: text }, { type: "done", status: "succeeded", messageId: id });
  }
}

/** What is shown, and which of how many versions where there are more than one. */
const line = (it: Conversation) =>
  it.line.map((row, i) => {
    const versions = it.versions(row);
    const text = shown(it)[i]?.[1];
    return versions.length > 1 ? `${text} ${versions.indexOf(row) + 1}/${versions.length}` : text;
  });
const answered = (it: Conversation) => until(() => !it.busy && it.line.at(-1)?.messageId !== null);
const rowAt = (it: Conversation, at: number) => it.line.at(at) as Row;

async function chatOf(...said: string[]) {
  const server = new Server();
  let parent: string | null = null;
  said.forEach((text, i) => (parent = server.say(i % 2 ? "assistant" : "user", text, parent, i % 2 ? `old${i}` : undefined).id));
  const made = server.open();
  await made.it.load();
  return { server, ...made };
}

test("another answer stands beside the former one, and either can be shown", async () => {
  const { it, bodies } = await chatOf("One?", "1", "Two?", "2");
  await it.regenerate("old1");
  await answered(it);
  expect(line(it)).toEqual(["One?", expect.stringMatching(/^Answer g\d+ 2\/2$/)]);
  expect(bodies).toEqual([{ temperature: null, maxTokens: null, requestId: expect.any(String) }]);
  it.show(it.versions(rowAt(it, -1))[0] as Row);
  expect(line(it)).toEqual(["One?", "1 1/2", "Two?", "2"]);
});

test("what is asked next follows what is shown", async () => {
  const { it, bodies, server } = await chatOf("One?", "1", "Two?", "2");
  await it.regenerate("old1");
  await answered(it);
  it.show(it.versions(rowAt(it, -1))[0] as Row);
  await it.send("Three?");
  await answered(it);
  expect(bodies.at(-1)).toMatchObject({ userMessage: "Three?", parentId: "m4" });
  expect(line(it)).toEqual(["One?", "1 1/2", "Two?", "2", "Three?", expect.stringMatching(/^Answer/)]);
  // The same after a reload: the newest message tells the line.
  const { it: reloaded } = server.open();
  await reloaded.load();
  expect(line(reloaded)).toEqual(line(it));
});

test("a message in other words stands beside the former one, also the first of the chat", async () => {
  const { it, bodies } = await chatOf("One?", "1", "Two?", "2");
  await it.edit(rowAt(it, 2), "Too?");
  await answered(it);
  expect(line(it)).toEqual(["One?", "1", "Too? 2/2", expect.stringMatching(/^Answer/)]);
  await it.edit(rowAt(it, 0), "Won?");
  await answered(it);
  expect(line(it)).toEqual(["Won? 2/2", expect.stringMatching(/^Answer/)]);
  expect(bodies.map((body) => body.parentId)).toEqual(["m2", null]);
  await it.load();
  expect(line(it)).toEqual(["Won? 2/2", expect.stringMatching(/^Answer/)]);
});

test("the first message of a new chat can be put in other words at once", async () => {
  const { it, bodies } = new Server().open();
  it.chatId = null;
  await it.send("One?");
  await answered(it);
  expect(it.canEdit(rowAt(it, 0))).toBe(true);
  await it.edit(rowAt(it, 0), "Won?");
  await answered(it);
  expect(bodies.map((body) => body.parentId)).toEqual([null, null]);
  expect(line(it)).toEqual(["Won? 2/2", expect.stringMatching(/^Answer/)]);
});

test("what stays on the screen keeps its place when the chat is read again", async () => {
  const { it } = await chatOf("One?", "1");
  await it.regenerate("old1");
  await answered(it);
  const before = line(it);
  const keys = it.line.map((row) => row.key);
  it.show(it.versions(rowAt(it, -1))[0] as Row);
  await it.load();
  expect(line(it)).toEqual(["One?", "1 1/2"]);
  it.show(it.versions(rowAt(it, -1))[1] as Row);
  expect([line(it), it.line.map((row) => row.key)]).toEqual([before, keys]);
});

test("another answer is asked of the model that is chosen, or else of the one that answers by itself", async () => {
  const server = new Server();
  server.say("assistant", "1", server.say("user", "One?", null).id, "old1");
  const { it, bodies } = server.open("standard");
  await it.load();
  await it.regenerate("old1");
  await answered(it);
  it.configure({ ...it.settings, model: "chosen" });
  await it.regenerate("old1");
  await answered(it);
  expect(bodies.map((body) => body.model)).toEqual(["standard", "chosen"]);
});

test("a refused wish for another answer leaves everything as it was, and is repeated or dropped", async () => {
  const { it, server, bodies } = await chatOf("One?", "1", "Two?", "2");
  await it.regenerate("old1");
  await answered(it);
  const former = it.versions(rowAt(it, -1))[0] as Row;
  it.show(former);
  const before = line(it);
  server.refuse = json({ code: "rate_limited" }, 429);
  await it.regenerate("old1");
  expect([line(it), it.canTakeBack]).toEqual([before, false]);
  expect(it.sendFailure).toMatchObject({ code: "rate_limited" });
  server.refuse = null;
  await it.tryAgain();
  await answered(it);
  expect(bodies.at(-1)).toEqual(bodies.at(-2));
  expect(line(it)).toEqual(["One?", expect.stringMatching(/^Answer g\d+ 3\/3$/)]);
  server.refuse = json({ code: "rate_limited" }, 429);
  await it.regenerate("old1");
  expect(it.takeBack()).toBeNull();
  expect([it.sendFailure, it.busy]).toEqual([null, false]);
});

test("a refused message in other words is edited on where it stands", async () => {
  const { it, server } = await chatOf("One?", "1", "Two?", "2");
  server.refuse = json({ code: "rate_limited" }, 429);
  const row = rowAt(it, 0);
  it.startEditing(row);
  await it.edit(row, "Won?");
  expect([line(it), it.editing]).toEqual([["Won? 2/2"], null]);
  expect(it.takeBack()).toBeNull();
  expect(it.editing).toEqual({ key: row.key, text: "Won?", begun: true });
  expect(line(it)).toEqual(["One?", "1", "Two?", "2"]);
  server.refuse = null;
  await it.edit(row, "Won?");
  await answered(it);
  expect(line(it)).toEqual(["Won? 2/2", expect.stringMatching(/^Answer/)]);
});

test("words in the place of a message outlive the page, until they are sent or given up", async () => {
  const { it, server } = await chatOf("One?", "1");
  const row = rowAt(it, 0);
  it.startEditing(row);
  it.keepEditing(row, "Won?");
  expect(server.open().it.editing).toEqual({ key: row.key, text: "Won?", begun: false });
  server.refuse = json({ code: "rate_limited" }, 429);
  await it.edit(row, "Won?");
  expect(server.open().it.editing?.text).toBe("Won?");
  server.refuse = null;
  await it.tryAgain();
  await answered(it);
  expect([it.editing, server.open().it.editing]).toEqual([null, null]);
  it.keepEditing(row, "Wonder?");
  it.stopEditing();
  expect([it.editing, server.open().it.editing]).toEqual([null, null]);
});

test("a message in other words that was refused is edited on when something else is sent", async () => {
  const { it, server, bodies } = await chatOf("One?", "1");
  const row = rowAt(it, 0);
  server.refuse = json({ code: "rate_limited" }, 429);
  await it.edit(row, "Won?");
  server.refuse = null;
  await it.send("Two?");
  await answered(it);
  expect(bodies.at(-1)).toMatchObject({ userMessage: "Two?", parentId: "m2" });
  expect(it.editing).toMatchObject({ key: row.key, text: "Won?" });
});

test("another answer is asked for without a system prompt that was cleared, and with that of elsewhere", async () => {
  const { it, bodies, server } = await chatOf("One?", "1");
  await it.regenerate("old1");
  await answered(it);
  it.configure({ ...it.settings, systemPrompt: "Be brief." });
  await it.regenerate("old1");
  await answered(it);
  // As the panel of the settings says it.
  it.configure({ model: "", systemPrompt: "", temperature: null, maxTokens: null });
  await it.regenerate("old1");
  await answered(it);
  const { it: reloaded, bodies: later } = server.open();
  await reloaded.load();
  await reloaded.regenerate("old1");
  await answered(reloaded);
  expect([...bodies, ...later].map((body) => body.systemPrompt)).toEqual([undefined, "Be brief.", null, null]);
});

test("a system prompt that was refused is not taken back from an answer that never had it", async () => {
  const { it, bodies, server } = await chatOf("One?", "1");
  it.configure({ ...it.settings, systemPrompt: "Be brief." });
  server.refuse = json({ code: "forbidden" }, 403);
  await it.regenerate("old1");
  server.refuse = null;
  it.configure({ ...it.settings, systemPrompt: "" });
  await it.regenerate("old1");
  await answered(it);
  expect(bodies.at(-1)).not.toHaveProperty("systemPrompt");
});

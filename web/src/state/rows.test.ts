import { expect, test } from "vitest";
import type { Message } from "../wire/shapes.ts";
import { groupByDate } from "./groups.ts";
import { chatIdFrom, linkToken, welcomeToken } from "./route.ts";
import { bubble, mergeNewest, oldestIsNew, prependOlder, rowOf, withoutVoid, type Row } from "./rows.ts";
import { titleFrom } from "./send.ts";
import { longestOf, numberFrom, parse } from "./settings.ts";

const message = (n: number, role: Message["role"], generationId: string | null = null, parentId: string | null = null): Message => ({
  id: `m${n}`, chatId: "c", role, content: `text ${n}`, parentId, generationId, createdAt: new Date(n * 1000).toISOString(),
});

test("a stored answer takes the place of the one that was written live", () => {
  const question = { ...bubble("user", "q", "user:1", null), unsent: false, messageId: "m1", generationId: "g" };
  const live = { ...bubble("assistant", "a", "answer:1", "user:1"), unsent: false, generationId: "g" };
  const rows = mergeNewest([question, live], [message(2, "assistant", "g"), message(1, "user", "g")]);
  expect(rows.map((row) => [row.key, row.messageId])).toEqual([["user:1", "m1"], ["answer:1", "m2"]]);
});

test("what an answer took is known of every one that was stored, and of one that was written here", () => {
  const spent = (n: number, tokens: object) => ({ ...message(n, "assistant", `g${n}`), ...tokens });
  const live = { ...bubble("assistant", "a", "answer:4", "m0"), unsent: false, generationId: "g4", usage: { inputTokens: 1, outputTokens: 2 } };
  const page = [spent(4, {}), spent(3, { inputTokens: 5, outputTokens: 6 }), spent(2, { outputTokens: 7 }), message(1, "user")];
  const usage = (rows: Row[]) => rows.map((row) => row.usage && [row.usage.inputTokens, row.usage.outputTokens]);
  expect(usage(mergeNewest([live], page))).toEqual([null, [null, 7], [5, 6], [1, 2]]);
  // Attempts before the last one were not told by the stream.
  expect(usage(mergeNewest([live], [spent(4, { inputTokens: 8, outputTokens: 9 })]))).toEqual([[8, 9]]);
  expect(usage(prependOlder([], [spent(3, { inputTokens: 5, outputTokens: 6 })]))).toEqual([[5, 6]]);
});

test("a running answer stays behind its question, an unsent bubble at the end", () => {
  const live = { ...bubble("assistant", "", "answer:1", "m1"), unsent: false, generationId: "g" };
  const unsent = bubble("user", "later", "user:2", undefined);
  const rows = mergeNewest([live, unsent], [message(3, "user"), message(1, "user", "g")]);
  expect(rows.map((row) => row.key)).toEqual(["m1", "answer:1", "m3", "user:2"]);
  // What was said without knowing what it follows follows the newest that is known.
  expect(rows.at(-1)?.parentId).toBe("m3");
});

test("an answer the page does not list yet stays, whatever the clocks say", () => {
  const answer = { ...bubble("assistant", "a", "answer:1", "m1"), createdAt: "1960-01-01T00:00:00Z", unsent: false, messageId: "m2", generationId: "g" };
  const rows = mergeNewest([rowOf(message(1, "user", "g")), answer], [message(1, "user", "g")]);
  expect(rows.map((row) => row.key)).toEqual(["m1", "answer:1"]);
});

test("an answer without a message stays behind its question when that is served without its generation", () => {
  const question = { ...bubble("user", "q", "user:1", null), unsent: false, messageId: "m1", generationId: "g" };
  const failed = { ...bubble("assistant", "", "answer:1", "m1"), unsent: false, generationId: "g" };
  const rows = mergeNewest([question, failed], [message(2, "user", "h"), message(1, "user")]);
  expect(rows.map((row) => [row.key, row.generationId])).toEqual([["user:1", "g"], ["answer:1", "g"], ["m2", "h"]]);
});

test("a chat that went on for more than a page elsewhere starts again from the newest", () => {
  const rows = [message(1, "user"), message(2, "assistant")].map(rowOf);
  const page = [message(41, "assistant"), message(40, "user")];
  expect(oldestIsNew(rows, page)).toBe(true);
  expect(mergeNewest(rows, page).map((row) => row.key)).toEqual(["m40", "m41"]);
  expect(oldestIsNew(rows, [message(3, "user"), message(2, "assistant")])).toBe(false);
});

test("of a chat that went on for more than a page, what this tab has said since stays", () => {
  const said = (key: string, n: number) => ({ ...bubble("user", "q", key, `m${n - 1}`), unsent: false, messageId: `m${n}` });
  const answer = { ...bubble("assistant", "", "answer:2", "user:2"), unsent: false, generationId: "g" };
  const failed = { ...bubble("assistant", "", "answer:1", "user:1"), unsent: false, generationId: "f" };
  const rows = [rowOf(message(10, "user")), said("user:1", 11), failed, said("user:2", 50), answer];
  const page = [message(41, "assistant"), message(40, "user")];
  expect(mergeNewest(rows, page).map((row) => row.key)).toEqual(["m40", "m41", "user:2", "answer:2"]);
});

test("another answer that failed stays where it was asked for", () => {
  const failed = { ...bubble("assistant", "", "answer:1", "m1"), unsent: false, generationId: "f" };
  const rows = [rowOf(message(1, "user")), rowOf(message(2, "assistant", "g", "m1")), failed];
  const page = [message(2, "assistant", "g", "m1"), message(1, "user")];
  expect(mergeNewest(rows, page).map((row) => row.key)).toEqual(["m1", "m2", "answer:1"]);
});

test("what left nothing behind goes when something else is asked", () => {
  const empty = { ...bubble("assistant", "", "answer:1", "m1"), unsent: false, generationId: "f" };
  const torn = { ...bubble("assistant", "Half", "answer:2", "m1"), unsent: false, generationId: "t" };
  const sent = bubble("assistant", "", "answer:3", "m1");
  const rows = [rowOf(message(1, "user")), empty, torn, sent];
  const keys = (again: string | null) => withoutVoid(rows, again).map((row) => row.key);
  expect([keys(null), keys("t")]).toEqual([["m1", "answer:2", "answer:3"], ["m1", "answer:3"]]);
});

test("older pages stay, come in front, and come once", () => {
  const rows = prependOlder([message(3, "user")].map(rowOf), [message(3, "user"), message(2, "assistant"), message(1, "user")]);
  expect(rows.map((row) => row.key)).toEqual(["m1", "m2", "m3"]);
  expect(mergeNewest(rows, [message(4, "assistant"), message(3, "user")]).map((row) => row.key)).toEqual(["m1", "m2", "m3", "m4"]);
});

test("chats are grouped by day, newest first", () => {
  const now = new Date(2026, 5, 15, 12);
  const chat = (id: string, daysAgo: number) => {
    const at = new Date(2026, 5, 15 - daysAgo, 9).toISOString();
    return { id, title: id, createdAt: at, updatedAt: at };
  };
  const groups = groupByDate([chat("e", 100), chat("a", 0), chat("c", 3), chat("b", 1), chat("d", 20), chat("c2", 4)], now);
  expect(groups.map((g) => [g.label, g.chats.map((c) => c.id)])).toEqual([
    ["Today", ["a"]],
    ["Yesterday", ["b"]],
    ["Previous 7 days", ["c", "c2"]],
    ["Previous 30 days", ["d"]],
    ["March 2026", ["e"]],
  ]);
});

test.each([
  ["#/chats/abc-1", "abc-1"],
  ["#/", null],
  ["#/chats/../../x", null],
  ["", null],
])("the address %j opens %j", (hash, id) => expect(chatIdFrom(hash)).toBe(id));

test.each([
  ["#/link/a-b_c.d.e", "a-b_c.d.e"],
  ["#/link/", null],
  ["#/link/a/b", null],
  ["#/link/a%20b", null],
  [`#/link/${"a".repeat(2049)}`, null],
  ["#/chats/link", null],
  ["", null],
])("the address %j carries the link %j", (hash, token) => expect(linkToken(hash)).toBe(token));

test.each([
  ["/welcome", "#abc", "abc"],
  ["/welcome/", "#abc", "abc"],
  ["/welcome", "", null],
  ["/", "#abc", null],
  ["/welcome", "#50%", "50%"],
])("%s%s carries the token %j", (pathname, hash, token) => expect(welcomeToken({ pathname, hash })).toBe(token));

test.each([
  ["## A *title*\nmore", "A *title*"],
  ["  ", "New chat"],
  ["word ".repeat(30), `${"word ".repeat(12).trim()}…`],
  [`a${"\u{1F980}".repeat(60)}`, `a${"\u{1F980}".repeat(29)}…`],
  ["\u{1F980}".repeat(60), "\u{1F980}".repeat(60)],
])("%j is titled %j", (text, title) => expect(titleFrom(text)).toBe(title));

test.each([
  ["", null],
  ["0.7", 0.7],
  ["0,7", 0.7],
  ["3", undefined],
  ["x", undefined],
])("temperature %j is %j", (typed, value) => expect(numberFrom(typed, 0, 2)).toBe(value));

test.each([
  ["", 10],
  ["small", 10],
  ["large", 20],
  ["openai/unheard-of", 200_000],
])("an answer of %j is at most %j tokens long", (id, most) => {
  const model = (id: string, maxTokens: number) => ({ id, provider: "openai", default: id === "small", maxTokens, available: true });
  expect(longestOf([model("small", 10), model("large", 20)], id)).toBe(most);
});

test("settings of another page, or garbage, are harmless", () => {
  const empty = { model: "", systemPrompt: "", temperature: null, maxTokens: null };
  for (const stored of [null, "", "null", "{", "[]", '{"temperature":"hot"}']) expect(parse(stored)).toEqual(empty);
});

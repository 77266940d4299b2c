import { expect, test } from "vitest";
import { bubble, rowOf, type Row } from "./rows.ts";
import { Tree } from "./tree.ts";

const row = (id: string, parentId: string | null, role: Row["role"] = "user"): Row =>
  rowOf({ id, chatId: "c", role, content: id, parentId, createdAt: "2026-01-01T00:00:00Z" });
const keys = (rows: Row[]) => rows.map((one) => one.key).join(" ");

/**
 * a ── b ── c ── d
 *   ├─ b2 ── c2
 *   └─ b3
 * z
 */
const chat = [row("a", null), row("b", "a"), row("c", "b"), row("b2", "a"), row("c2", "b2"), row("d", "c"), row("b3", "a"), row("z", null)];
const tree = new Tree(chat);
const at = (key: string) => chat.find((one) => one.key === key) as Row;

test.each([
  [null, "z"],
  ["b", "a b c d"],
  ["b2", "a b2 c2"],
  ["b3", "a b3"],
  ["a", "a b3"],
  ["gone", "z"],
])("the line through %j is %j", (through, line) => expect(keys(tree.line(through))).toBe(line));

test.each([
  ["b2", true, "b b2 b3"],
  ["b2", false, "b b2 b3"],
  ["c", true, "c"],
  ["a", true, "a z"],
  ["a", false, "a"],
])("the versions of %j are known when what is before them is (%j)", (key, allRead, versions) => {
  expect(keys(tree.versions(at(key), allRead))).toBe(versions);
});

test("a line begins where older messages were not read", () => {
  const part = new Tree([row("c", "b"), row("b2", "a"), row("d", "c")]);
  expect(keys(part.line(null))).toBe("c d");
  expect(keys(part.versions(row("b2", "a"), true))).toBe("b2");
});

test("a row is found by its key and by its message", () => {
  const question = { ...bubble("user", "q", "user:1", "a"), messageId: "q" };
  const both = new Tree([row("a", null), question, row("x", "user:1"), row("y", "q")]);
  expect([keys(both.line("x")), keys(both.line(null))]).toEqual(["a user:1 x", "a user:1 y"]);
});

test("messages that follow one another in a circle end", () => {
  expect(keys(new Tree([row("a", "b"), row("b", "a")]).line(null))).toBe("a b");
});

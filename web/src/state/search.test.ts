import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Api } from "../client/api.ts";
import { atMost, Search } from "./search.svelte.ts";

const chat = (id: string) => ({ id, title: id, createdAt: "2026-01-01T00:00:00Z", updatedAt: "2026-01-01T00:00:00Z" });

/** A server that answers when a test says. */
function server() {
  const asked: { text: string; answer: (...ids: string[]) => void; refuse: (error: Error) => void }[] = [];
  const search = (text: string) =>
    new Promise((resolve, reject) => asked.push({ text, answer: (...ids) => resolve({ items: ids.map(chat) }), refuse: reject }));
  return { asked, it: new Search({ search } as unknown as Api) };
}

const found = (it: Search) => it.found?.map((one) => one.id) ?? null;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("what is typed is asked for once, after a pause", async () => {
  const { it, asked } = server();
  for (const text of ["r", "ri", " river "]) it.type(text);
  await vi.advanceTimersByTimeAsync(299);
  expect(asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked.map(({ text }) => text)).toEqual(["river"]);
});

test("the last question wins, whatever is answered last", async () => {
  const { it, asked } = server();
  for (const text of ["one", "two"]) {
    it.type(text);
    await vi.advanceTimersByTimeAsync(300);
  }
  asked[1]?.answer("b");
  asked[0]?.answer("a");
  await vi.advanceTimersByTimeAsync(0);
  expect(found(it)).toEqual(["b"]);
});

test("who empties the field sees no more of it, also when an answer is on its way", async () => {
  const { it, asked } = server();
  it.type("one");
  await vi.advanceTimersByTimeAsync(300);
  it.type(" ");
  asked[0]?.answer("a");
  await vi.advanceTimersByTimeAsync(300);
  expect([it.active, found(it), asked.length]).toEqual([false, null, 1]);
});

test("a refusal is told, and what was found stays", async () => {
  const { it, asked } = server();
  it.type("one");
  await vi.advanceTimersByTimeAsync(300);
  asked[0]?.answer("a", "b");
  await vi.advanceTimersByTimeAsync(0);
  it.named("a", "A");
  it.forget("b");
  it.type("one more");
  await vi.advanceTimersByTimeAsync(300);
  asked[1]?.refuse(new Error("away"));
  await vi.advanceTimersByTimeAsync(0);
  expect([it.found, it.failure]).toEqual([[{ ...chat("a"), title: "A" }], new Error("away")]);
});

test.each([
  ["short", 200, "short"],
  ["abc", 2, "ab"],
  ["aä€", 3, "aä"],
  ["🦀🦀", 7, "🦀"],
])("%j in %i bytes is %j", (text, bytes, cut) => expect(atMost(text, bytes)).toBe(cut));

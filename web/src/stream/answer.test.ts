import { describe, expect, test } from "vitest";
import type { StreamEvent } from "../wire/event.ts";
import type { Generation } from "../wire/shapes.ts";
import { Answer } from "./answer.ts";

const delta = (text: string): StreamEvent => ({ type: "delta", delta: text });
const status: StreamEvent = { type: "status", status: "streaming", attempt: 1, model: "m" };
const done: StreamEvent = { type: "done", status: "succeeded", messageId: "x" };

function after(...events: [number, StreamEvent][]): Answer {
  const answer = new Answer();
  for (const [seq, event] of events) answer.apply(seq, event);
  return answer;
}

describe("an answer", () => {
  test("is queued before anything comes", () => {
    expect(new Answer()).toMatchObject({ phase: "queued", text: "", lastSeq: null });
  });

  test("is the deltas in order, whatever the gaps between the numbers", () => {
    expect(after([1, status], [2, delta("Hel")], [900, delta("lo")], [901, done])).toMatchObject({
      phase: "succeeded",
      text: "Hello",
      model: "m",
      messageId: "x",
      lastSeq: 901,
    });
  });

  test("takes nothing twice when a reconnect replays", () => {
    expect(after([2, delta("a")], [3, delta("b")], [2, delta("a")], [3, delta("b")], [4, delta("c")]).text).toBe("abc");
  });

  test("takes nothing after the end", () => {
    expect(after([2, delta("a")], [3, done], [4, delta("b")]).text).toBe("a");
  });

  test.each([
    [2, ""],
    [3, "one "],
    [4, "one two "],
    [5, "one two three "],
    [1, ""],
  ])("a retry that discards from %i leaves %j", (discardFromSeq, left) => {
    const answer = after([2, delta("one ")], [3, delta("two ")], [4, delta("three ")]);
    answer.apply(5, { type: "retry", attempt: 2, discardFromSeq, reason: "overloaded" });
    expect(answer).toMatchObject({ text: left, phase: "waiting", attempt: 2, reason: "overloaded", retryAt: null });
  });

  test("a retry that only waits keeps the text, and the next attempt goes on", () => {
    const answer = after([2, delta("kept ")], [3, { type: "retry", attempt: 2, reason: "rate_limited", retryAt: "2026-01-01T00:00:00Z" }]);
    expect(answer).toMatchObject({ text: "kept ", phase: "waiting", retryAt: "2026-01-01T00:00:00Z" });
    answer.apply(4, { type: "status", status: "streaming", attempt: 2 });
    answer.apply(5, delta("more"));
    expect(answer).toMatchObject({ text: "kept more", phase: "streaming", attempt: 2, retryAt: null, reason: null });
  });

  test("discards twice: the second cut sees the offsets after the first", () => {
    const answer = after([2, delta("ab")], [3, delta("cd")], [4, { type: "retry", attempt: 2, discardFromSeq: 3, reason: "x" }]);
    answer.apply(5, delta("ef"));
    answer.apply(6, { type: "retry", attempt: 3, discardFromSeq: 5, reason: "x" });
    answer.apply(7, delta("gh"));
    expect(answer.text).toBe("abgh");
  });

  test("an error says why, done says that it is over", () => {
    const answer = after([2, { type: "error", code: "overloaded", message: "busy" }]);
    expect(answer.finished).toBe(false);
    answer.apply(3, { type: "done", status: "failed" });
    expect(answer).toMatchObject({ phase: "failed", failure: { code: "overloaded", message: "busy" }, messageId: null });
  });

  test("the usage of a discarded attempt is not shown", () => {
    const answer = after([2, { type: "usage", inputTokens: 1, outputTokens: 2 }], [3, { type: "retry", attempt: 2, reason: "x" }]);
    expect(answer.usage).toBeNull();
    answer.apply(4, { type: "usage", inputTokens: 3, outputTokens: 4, source: "provider" });
    expect(answer.usage).toEqual({ inputTokens: 3, outputTokens: 4 });
  });

  test("the record has the last word when the stream has none", () => {
    const answer = after([2, delta("part")]);
    answer.settle({ status: "failed", errorCode: "timeout", errorMessage: "Too slow", inputTokens: 5, outputTokens: null, retryAt: null, model: null, attempt: 4 } as unknown as Generation);
    expect(answer).toMatchObject({ phase: "failed", failure: { code: "timeout", message: "Too slow" }, usage: { inputTokens: 5 }, attempt: 4, text: "part" });
  });

  test("the record names the stored answer, which another question follows", () => {
    const answer = after([2, delta("whole")]);
    answer.settle({ status: "succeeded", messageId: "m", inputTokens: 5, outputTokens: 1 } as unknown as Generation);
    expect(answer.messageId).toBe("m");
  });
});

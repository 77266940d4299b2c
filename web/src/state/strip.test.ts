import { expect, test } from "vitest";
import { Problem, Unreachable } from "../wire/problem.ts";
import { Announcer } from "./announce.ts";
import type { AnswerView } from "./live.svelte.ts";
import { countdown, strip, type StripInput } from "./strip.ts";

const now = Date.parse("2026-01-01T12:00:00Z");
const at = (seconds: number) => new Date(now + seconds * 1000).toISOString();
const view = (change: Partial<AnswerView>): AnswerView => ({
  id: "01J", phase: "queued", text: "", attempt: 1, model: null, reason: null, retryAt: null, usage: null, failure: null, lost: false, stopping: false, ...change,
});
const input = (change: Partial<StripInput>): StripInput => ({ sending: false, sendFailure: null, canTakeBack: true, loadFailure: null, view: null, hint: null, ...change });

test.each<[string, Partial<StripInput>, string | null, string[]]>([
  ["nothing to say", {}, null, []],
  ["sending", { sending: true }, "Sending", []],
  ["queued", { view: view({}) }, "Queued", ["cancel"]],
  ["writing", { view: view({ phase: "streaming" }) }, "Writing", []],
  ["writing again", { view: view({ phase: "streaming", attempt: 2 }) }, "Writing (attempt 2)", []],
  ["the hint", { view: view({ phase: "streaming" }), hint: "reload" }, "Press F5 now, the answer continues", []],
  ["the other hint", { view: view({ phase: "streaming" }), hint: "stop" }, "Press Esc now, the partial text stays", []],
  ["waiting", { view: view({ phase: "waiting", attempt: 2, reason: "rate_limited", retryAt: at(41) }) }, "Rate limited, retrying in 0:41 (attempt 2)", ["cancel"]],
  ["due", { view: view({ phase: "waiting", attempt: 2, reason: "overloaded", retryAt: at(-1) }) }, "Provider overloaded, retrying now (attempt 2)", ["cancel"]],
  ["at once", { view: view({ phase: "waiting", attempt: 3, reason: "novel" }) }, "Provider failed, retrying now (attempt 3)", ["cancel"]],
  ["lost", { view: view({ phase: "streaming", lost: true }) }, "Reconnecting, the answer continues on the server", ["cancel"]],
  ["stopping", { view: view({ phase: "streaming", stopping: true }) }, "Stopping", []],
  ["stopped", { view: view({ phase: "canceled", text: "a" }) }, "Stopped by you, partial kept", []],
  ["stopped early", { view: view({ phase: "canceled" }) }, "Stopped by you", []],
  ["finished", { view: view({ phase: "succeeded", text: "a" }) }, null, []],
  ["failed", { view: view({ phase: "failed", failure: { code: "x", message: "The provider said no" } }) }, "Failed: The provider said no.", ["copy-id", "try-again"]],
  ["unreachable", { sendFailure: new Unreachable(null) }, "Not sent: the server cannot be reached.", ["try-again", "edit"]],
  ["refused", { sendFailure: new Problem(422, { errors: [{ pointer: "/maxTokens", detail: "must be at most 10" }] }) }, "Not sent: maxTokens must be at most 10.", ["try-again", "edit"]],
  ["not asked again", { sendFailure: new Problem(422, { detail: "No such model" }), canTakeBack: false }, "Not sent: No such model.", ["try-again", "dismiss"]],
  ["a chat that cannot be read, behind an answer that is over", { loadFailure: new Unreachable(null), view: view({ phase: "succeeded" }) }, "Could not load this chat: The server cannot be reached.", ["reload"]],
  ["a chat that cannot be read, while an answer is written", { loadFailure: new Unreachable(null), view: view({ phase: "streaming" }) }, "Writing", []],
  ["in flight", { sendFailure: new Problem(409, { code: "generation_in_flight", generationId: "g" }) }, "Not sent: another answer of yours is still being written.", ["open-running", "stop-running", "try-again", "edit"]],
  ["in flight, when another answer was wished for", { sendFailure: new Problem(409, { code: "generation_in_flight" }), canTakeBack: false }, "Not sent: another answer of yours is still being written.", ["open-running", "stop-running", "try-again", "dismiss"]],
])("%s", (_, change, text, actions) => {
  const line = strip(input(change), now);
  expect(line?.text ?? null).toBe(text);
  expect(line?.actions ?? []).toEqual(actions);
});

test.each([
  "rate_limited", "cooling_down", "keys_busy", "no_usable_key", "worker_lost", "rate_limited_for_the_day", "overloaded", "timeout", "network", "truncated",
  "malformed_answer", "invalid_key", "no_permission", "model_not_found", "money_out", "bad_request",
])("a retry because of %s says so in words", (reason) => {
  const text = strip(input({ view: view({ phase: "waiting", attempt: 2, reason }) }), now)?.text;
  expect(text).toMatch(/^[A-Z][a-z ]+, retrying now \(attempt 2\)$/);
  expect(text).not.toContain("Provider failed");
});

test("a failure names the generation", () => {
  expect(strip(input({ view: view({ phase: "failed" }) }), now)).toMatchObject({ tone: "error", id: "01J" });
});

test("who sent too much is told when there is more", () => {
  const refused = (code: string, detail: string, retryAt?: string) => strip(input({ sendFailure: new Problem(429, { code, detail, retryAt }) }), now)?.text;
  const clock = new Date(at(41)).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  expect(refused("rate_limited", "wait for the time in Retry-After", at(41))).toBe(`Not sent: too many messages in a short time. It can be sent again at ${clock}.`);
  expect(refused("token_budget_spent", "the tokens are used up", at(41))).toBe(`Not sent: the tokens are used up. It can be sent again at ${clock}.`);
  expect(refused("token_budget_spent", "the tokens are used up")).toBe("Not sent: the tokens are used up.");
});

test("a long wait says when it ends, and that the page can be closed", () => {
  const line = strip(input({ view: view({ phase: "waiting", reason: "rate_limited", attempt: 2, retryAt: at(3600) }) }), now);
  expect(line?.text).toMatch(/^Rate limited, retrying in 1:00:00 \(attempt 2\), at \d.+\. You can close this page\.$/);
});

test.each([[0, "0:00"], [41, "0:41"], [725, "12:05"], [86_370, "23:59:30"]])("%i s are %s", (seconds, text) => {
  expect(countdown(seconds)).toBe(text);
});

test("a screen reader hears each change once, and the countdown at 60, 30, 10 and 0", () => {
  const announcer = new Announcer();
  const said: string[] = [];
  const hear = (change: Partial<AnswerView>, seconds = 0) => {
    const text = announcer.next(view(change), now + seconds * 1000);
    if (text !== null) said.push(text);
  };
  hear({});
  hear({});
  const waiting = { phase: "waiting", attempt: 2, retryAt: at(75) } as const;
  for (let s = 0; s <= 75; s++) hear(waiting, s);
  for (let i = 0; i < 5; i++) hear({ phase: "streaming", attempt: 2, text: "x".repeat(i) }, 76);
  hear({ phase: "succeeded" }, 80);
  expect(said).toEqual([
    "Queued",
    "Retrying in 75 seconds, attempt 2",
    "Retrying in 60 seconds, attempt 2",
    "Retrying in 30 seconds, attempt 2",
    "Retrying in 10 seconds, attempt 2",
    "Retrying now, attempt 2",
    "Generating, attempt 2",
    "Answer complete",
  ]);
});

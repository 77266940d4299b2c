import { expect, test } from "vitest";
import type { Pool } from "../wire/ops.ts";
import { pauseCommand, pauses, reasonFrom } from "./pauses.ts";

const pool = (provider: string, more: Partial<Pool>): Pool => ({ provider, paused: true, concurrency: null, requestsPerMinute: null, workers: 1, slots: 8, busy: 3, ...more });
const now = new Date(2026, 0, 31, 15, 0);
const pausedAt = new Date(2026, 0, 31, 14, 5).toISOString();
const yesterday = new Date(2026, 0, 30, 14, 5).toISOString();
const pausedBy = "ada@example.org";

test.each([
  [{ paused: false }, []],
  [{}, ["Paused: openai."]],
  [{ pausedAt }, ["Paused: openai, by whoever runs the machine, since 14:05."]],
  [{ pausedAt, pausedBy }, ["Paused: openai, by ada@example.org, since 14:05."]],
  [{ pausedAt: yesterday, pausedBy }, ["Paused: openai, by ada@example.org, since Jan 30, 14:05."]],
  [{ pausedAt, pausedBy, pauseReason: "invoice is being settled" }, ["Paused: openai, by ada@example.org, since 14:05: invoice is being settled."]],
  [{ pausedAt, pausedBy, pauseReason: "Why not?" }, ["Paused: openai, by ada@example.org, since 14:05: Why not?"]],
])("of %j it is told %j", (more, told) => {
  expect(pauses([pool("openai", more)], now.getTime()).map(({ words, reason, end }) => `${words}${reason ?? ""}${end}`)).toEqual(told);
});

test("each pool that is paused has a line", () => {
  const pools = [pool("openai", {}), pool("gemini", { paused: false }), pool("simulated", { pausedAt, pausedBy })];
  expect(pauses(pools, now.getTime()).map(({ provider }) => provider)).toEqual(["openai", "simulated"]);
});

test.each([
  [undefined, undefined],
  ["", undefined],
  ["  ", undefined],
  [" the bill ", "the bill"],
])("%j as a reason is %j", (typed, reason) => expect(reasonFrom(typed)).toBe(reason));

test.each([
  [true, undefined, "sluice pools pause openai"],
  [true, "the bill", "sluice pools pause openai --reason 'the bill'"],
  [true, "it's $HOME; `rm` \"x\"", `sluice pools pause openai --reason 'it'\\''s $HOME; \`rm\` "x"'`],
  [true, "-f", "sluice pools pause openai --reason=-f"],
  [true, "-f or so", "sluice pools pause openai --reason='-f or so'"],
  [false, "the bill", "sluice pools resume openai"],
])("paused: %j, because of %j: %s", (paused, reason, line) => expect(pauseCommand("openai", paused, reason)).toBe(line));

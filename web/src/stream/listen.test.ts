import { expect, test } from "vitest";
import { Problem, Unreachable } from "../wire/problem.ts";
import { listen } from "./listen.ts";

/** Plays replies in order, one per connection, and notes what was heard and how long it waited. */
async function play(...replies: (string | Error)[]) {
  const heard: string[] = [];
  const waits: number[] = [];
  const controller = new AbortController();
  const end = await listen({
    open: async () => {
      const reply = replies.shift() ?? new Error("asked once too often");
      if (reply instanceof Error) throw reply;
      return new Response(reply);
    },
    onNews: (news) => void heard.push(news.type),
    signal: controller.signal,
    pause: async (ms) => {
      waits.push(ms);
      if (replies.length === 0) controller.abort();
    },
  });
  return { heard, waits, end };
}

const told = 'retry: 2000\n\ndata: {"type":"deleted","chatId":"c"}\n\n';

test("every connection begins with looking for what was missed", async () => {
  const { heard } = await play(told, new Unreachable(null), ": hb\n\n", `${told}data: {"type":"novelty"}\n\ndata: {\n\ndata: {"type":"missed"}\n\n`);
  expect(heard).toEqual(["missed", "deleted", "missed", "missed", "deleted", "missed"]);
});

test("a stream on which nothing was told was none the less there", async () => {
  const { waits } = await play(...Array.from({ length: 9 }, () => "retry: 2000\n\n"));
  expect(Math.max(...waits)).toBeLessThanOrEqual(2000);
});

test("who may open no more streams waits, who may not listen ends", async () => {
  const busy = await play(new Problem(429, { retryAt: new Date(Date.now() + 60_000).toISOString() }), told);
  expect(busy.waits[0]).toBeGreaterThan(50_000);
  expect((await play(new Problem(401, {}))).end).toBe("gone");
});

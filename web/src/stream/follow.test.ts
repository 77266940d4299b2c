import { expect, test } from "vitest";
import { Problem, Unreachable } from "../wire/problem.ts";
import { Answer } from "./answer.ts";
import { backoff } from "./backoff.ts";
import { follow, type End } from "./follow.ts";

type Reply = string[] | 204 | Error;

const frame = (seq: number, data: object) => `id: ${seq}\ndata: ${JSON.stringify(data)}\n\n`;
const delta = (seq: number, text: string) => frame(seq, { type: "delta", delta: text });
const done = (seq: number) => frame(seq, { type: "done", status: "succeeded" });

/** Plays replies in order, one per connection, and notes what was asked and how long it waited. */
async function play(replies: Reply[]): Promise<{ answer: Answer; asked: (string | null)[]; waits: number[]; end: End; lost: number }> {
  const answer = new Answer();
  const asked: (string | null)[] = [];
  const waits: number[] = [];
  let lost = 0;
  const controller = new AbortController();
  const end = await follow({
    open: async (lastEventId) => {
      asked.push(lastEventId);
      const reply = replies.shift();
      if (reply === undefined) throw new Error("asked once too often");
      if (reply instanceof Error) throw reply;
      return reply === 204 ? new Response(null, { status: 204 }) : new Response(body(reply));
    },
    onEvent: (seq, event) => void answer.apply(seq, event),
    onConnection: (state) => void (lost += state === "lost" ? 1 : 0),
    lastSeq: () => answer.lastSeq,
    finished: () => answer.finished,
    signal: controller.signal,
    random: () => 1,
    pause: async (ms) => {
      waits.push(ms);
      if (replies.length === 0) controller.abort();
    },
  });
  return { answer, asked, waits, end, lost };
}

function body(chunks: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(stream) {
      for (const chunk of chunks) stream.enqueue(new TextEncoder().encode(chunk));
      stream.close();
    },
  });
}

test("one connection, to the end", async () => {
  const { answer, asked, end } = await play([[delta(1, "Hel"), delta(2, "lo"), done(3)]]);
  expect([answer.text, asked, end]).toEqual(["Hello", [null], "done"]);
});

test("a cut connection resumes behind the last event, and what comes twice counts once", async () => {
  const { answer, asked, lost } = await play([[delta(1, "a"), delta(5, "b")], new Unreachable(null), [delta(5, "b"), delta(6, "c"), done(7)]]);
  expect(answer.text).toBe("abc");
  expect(asked).toEqual([null, "5", "5"]);
  expect(lost).toBe(2);
});

test("a character split over chunks arrives whole", async () => {
  const bytes = new TextEncoder().encode(delta(1, "€") + done(2));
  const cut = bytes.indexOf(0xe2) + 1;
  const stream = new ReadableStream<Uint8Array>({
    start(s) {
      s.enqueue(bytes.slice(0, cut));
      s.enqueue(bytes.slice(cut));
      s.close();
    },
  });
  const answer = new Answer();
  const end = await follow({
    open: async () => new Response(stream),
    onEvent: (seq, event) => void answer.apply(seq, event),
    onConnection: () => undefined,
    lastSeq: () => answer.lastSeq,
    finished: () => answer.finished,
    signal: new AbortController().signal,
  });
  expect([answer.text, end]).toEqual(["€", "done"]);
});

test("waits double until something arrives, and start from what the server asked", async () => {
  const away = () => new Unreachable(null);
  const { waits } = await play([[`retry: 2000\n\n${delta(1, "a")}`], away(), away(), [delta(2, "b")], [done(3)]]);
  expect(waits).toEqual([2000, 4000, 8000, 2000]);
});

test("204 means that nothing more comes", async () => {
  expect((await play([[delta(1, "a")], 204])).end).toBe("over");
});

test("a stream that does not exist is gone; a server error is not", async () => {
  expect((await play([new Problem(404, {})])).end).toBe("gone");
  expect((await play([new Problem(503, {}), [done(1)]])).end).toBe("done");
});

test("garbage and events of unknown types are passed over", async () => {
  const { answer } = await play([["data: {\"type\":\"delta\",\"delta\":\"no id\"}\n\n", "id: 1\ndata: {nonsense\n\n", frame(2, { type: "novelty" }), delta(3, "ok"), done(4)]]);
  expect(answer.text).toBe("ok");
});

test("the backoff is capped and never below half", () => {
  expect(backoff(0, 1000, () => 0)).toBe(500);
  expect(backoff(50, 1000, () => 1)).toBe(30_000);
});

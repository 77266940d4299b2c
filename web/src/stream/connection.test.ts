import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { stayConnected } from "./connection.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A stream that is opened by `open` the first time, and is over the second. */
function stream(open: (signal: AbortSignal) => Promise<Response>) {
  const states: string[] = [];
  let tries = 0;
  const end = stayConnected({
    open: (signal) => (tries++ === 0 ? open(signal) : Promise.resolve(new Response(null, { status: 204 }))),
    onEvent: () => undefined,
    onConnection: (state) => void states.push(state),
    finished: () => false,
    progressed: () => false,
    signal: new AbortController().signal,
    pause: () => Promise.resolve(),
  });
  return { end, states, tries: () => tries };
}

/** As a fetch does it: its body ends with its signal. */
const silent = (signal: AbortSignal) =>
  Promise.resolve(new Response(new ReadableStream({ start: (body) => signal.addEventListener("abort", () => body.error(signal.reason)) })));

test.each([
  ["opens for ever", (signal: AbortSignal) => new Promise<Response>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))), ["lost"]],
  ["waits for something else before it opens", () => new Promise<Response>(() => undefined), ["lost"]],
  ["is silent", silent, ["open", "lost"]],
])("a connection that %s is dead after a while, and made anew", async (_, open, states) => {
  const made = stream(open);
  await vi.advanceTimersByTimeAsync(44_000);
  expect(made.tries()).toBe(1);
  await vi.advanceTimersByTimeAsync(2_000);
  expect([await made.end, made.states]).toEqual(["over", states]);
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { deliver, type Question } from "../state/outgoing.ts";
import { Api } from "./api.ts";
import { Http } from "./http.ts";
import { Session } from "./session.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A server that answers nothing until it `answers`. */
function server() {
  const world = { answers: false, given: [] as AbortSignal[], bodies: [] as unknown[] };
  const fetch = (_: string, init: RequestInit = {}) => {
    if (init.signal) world.given.push(init.signal);
    if (init.body) world.bodies.push(JSON.parse(String(init.body)));
    return world.answers ? Promise.resolve(new Response(JSON.stringify({ generationId: "g" }))) : new Promise<Response>(() => undefined);
  };
  return { world, api: new Api(new Http(fetch, new Session(fetch))) };
}

test.each<[string, (api: Api) => Promise<unknown>]>([
  ["a chat", (api) => api.chat("c")],
  ["its messages", (api) => api.messages("c", null)],
  ["the list of chats", (api) => api.chats(null)],
  ["a new chat", (api) => api.createChat("t")],
  ["a deletion", (api) => api.deleteChat("c")],
  ["a stop", (api) => api.cancel("g")],
])("%s is not waited for without end", async (_, ask) => {
  const { world, api } = server();
  const failed = vi.fn();
  void ask(api).catch(failed);
  await vi.advanceTimersByTimeAsync(19_000);
  expect(failed).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(failed.mock.calls).toMatchObject([[{ name: "Unreachable", message: "The server did not answer in time." }]]);
  expect(world.given.map((signal) => signal.aborted)).toEqual([true]);
});

test("a stream and a file may take their time", async () => {
  const { api } = server();
  const over = vi.fn();
  void api.stream("g", null, new AbortController().signal).finally(over);
  void api.exported("c", "json").finally(over);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(over).not.toHaveBeenCalled();
});

test("a question that has no answer is sent again, as the same one", async () => {
  const { world, api } = server();
  const question: Question = { kind: "question", request: { userMessage: "Hi", requestId: "r" }, questionKey: "k", insteadOf: null };
  const sending = deliver(api, "c", question, undefined, new AbortController().signal);
  await vi.advanceTimersByTimeAsync(19_000);
  world.answers = true;
  await vi.advanceTimersByTimeAsync(3_000);
  expect(await sending).toEqual({ generationId: "g" });
  expect(world.bodies).toEqual([{ userMessage: "Hi", requestId: "r" }, { userMessage: "Hi", requestId: "r" }]);
});

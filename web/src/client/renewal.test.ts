import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Session } from "./session.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const user = { id: "u", email: "a@b.c", role: "user" };
const session = (accessToken: string) => new Response(JSON.stringify({ user, accessToken, expiresIn: 900 }));
const refused = (status: number) => new Response("{}", { status });
const silent = () => new Promise<Response>(() => undefined);
/** The answer `what`, after `ms`. */
const after = (ms: number, what: () => Response | Error) => () =>
  new Promise<Response>((resolve, reject) =>
    setTimeout(() => {
      const reply = what();
      if (reply instanceof Error) reject(reply);
      else resolve(reply);
    }, ms),
  );

/** A page that is signed in, at the moment of its first refresh; `asked` tells when, in ms from then on, it has asked. */
async function atRefresh(...replies: (() => Promise<Response>)[]) {
  const asked: number[] = [];
  const given: AbortSignal[] = [];
  let start = 0;
  const fetch = async (url: string, init: RequestInit = {}) => {
    if (url.endsWith("/login")) return session("t1");
    start ||= Date.now();
    asked.push(Date.now() - start);
    given.push(init.signal!);
    return (replies.shift() ?? silent)();
  };
  const it = new Session(fetch);
  await it.signIn("a@b.c", "secret");
  await vi.advanceTimersByTimeAsync(840_000);
  const token = () => it.authorization().authorization?.slice(-2);
  return { it, asked, given, token };
}

test("a slow answer is waited for, and asked for once more beside it", async () => {
  const { asked, given, token } = await atRefresh(after(3_900, () => session("t2")));
  await vi.advanceTimersByTimeAsync(3_800);
  expect([asked, given.map((signal) => signal.aborted)]).toEqual([[0, 3_000], [false, false]]);
  await vi.advanceTimersByTimeAsync(200);
  // The other one is not needed any more, and could arrive too late.
  expect([token(), given.map((signal) => signal.aborted)]).toEqual(["t2", [false, true]]);
});

test("the second one is as good as the first", async () => {
  const { asked, token } = await atRefresh(silent, after(100, () => session("t2")));
  await vi.advanceTimersByTimeAsync(3_200);
  expect([asked, token()]).toEqual([[0, 3_000], "t2"]);
});

test("one that fails leaves it to the other", async () => {
  const { it, token } = await atRefresh(after(4_000, () => refused(503)), after(2_000, () => session("t2")));
  await vi.advanceTimersByTimeAsync(5_100);
  expect([it.user, token()]).toEqual([user, "t2"]);
});

test("what is refused is over at once", async () => {
  const { it, asked } = await atRefresh(silent, after(100, () => refused(401)));
  await vi.advanceTimersByTimeAsync(3_200);
  expect([it.user, asked]).toEqual([null, [0, 3_000]]);
});

test.each([
  ["has no answer", silent, [0, 3_000]],
  ["is answered too late each time", after(4_000, () => refused(503)), [0, 3_000]],
  ["fails at once", () => Promise.reject(new TypeError("reset")), [0, 1_500, 3_000, 4_500]],
  ["breaks off after a while", after(1_000, () => new TypeError("reset")), [0, 2_500, 5_000]],
])("a refresh that %s is not asked for again while that could end the sign-in, before it has to be", async (_, reply, expected) => {
  const { it, asked, given } = await atRefresh(reply, reply, reply, reply, reply);
  await vi.advanceTimersByTimeAsync(59_000);
  expect([asked, it.user]).toEqual([expected, user]);
  // Nothing of it arrives later.
  expect(given.every((signal) => signal.aborted || reply !== silent)).toBe(true);
  // The token has ended: nothing is lost by a try.
  await vi.advanceTimersByTimeAsync(2_000);
  expect(asked.at(expected.length)).toBe(60_000);
});

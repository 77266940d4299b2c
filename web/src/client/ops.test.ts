import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Watch } from "../console/watch.svelte.ts";
import { Http } from "./http.ts";
import { Ops } from "./ops.ts";
import { Session } from "./session.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A server that answers every list but that of `hanging`. */
function server(hanging: string) {
  const aborted: string[] = [];
  const fetch = (url: string, init: RequestInit = {}) => {
    init.signal?.addEventListener("abort", () => aborted.push(url));
    if (url.endsWith(hanging)) return new Promise<Response>(() => undefined);
    return Promise.resolve(new Response(JSON.stringify(url.endsWith("/queues") ? {} : { items: [], nextCursor: null }), { status: url.endsWith("/queues") ? 401 : 200 }));
  };
  return { ops: new Ops(new Http(fetch, new Session(fetch))), aborted };
}

test("a list that hangs does not hold up the figures for long, and is given up", async () => {
  const { ops, aborted } = server("/pools");
  const watch = new Watch(ops);
  const round = watch.refresh();
  await vi.advanceTimersByTimeAsync(20_000);
  await round;
  expect([watch.rounds, watch.pools, watch.workers]).toEqual([1, null, []]);
  expect(watch.failures.pools).toBe("The server did not answer in time.");
  expect(aborted).toEqual(["/api/ops/pools"]);
});

test("nor does a sign-in that hangs", async () => {
  const watch = new Watch(server("/auth/refresh").ops);
  const round = watch.refresh();
  await vi.advanceTimersByTimeAsync(20_000);
  await round;
  expect(Object.keys(watch.failures)).toEqual(["queues"]);
});

test("what is done may take longer than what is asked", async () => {
  const failed = vi.fn();
  server("/retry").ops.retry("g").catch(failed);
  await vi.advanceTimersByTimeAsync(59_000);
  expect(failed).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(failed).toHaveBeenCalledOnce();
});

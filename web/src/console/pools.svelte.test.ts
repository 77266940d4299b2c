import { flushSync, mount, unmount } from "svelte";
import { afterEach, expect, test, vi } from "vitest";
import type { App } from "../state/app.svelte.ts";
import Pools from "./Pools.svelte";
import type { Watch } from "./watch.svelte.ts";

let page: ReturnType<typeof mount> | undefined;
afterEach(() => page && unmount(page));

function show() {
  const pool = { provider: "openai", paused: false, concurrency: null, requestsPerMinute: null, workers: 0, slots: 0, busy: 0 };
  const changePool = vi.fn(async () => pool);
  const watch = { pools: [pool], workers: [], ops: { changePool }, refresh: async () => undefined, missing: "" };
  page = mount(Pools, { target: document.body, props: { app: { user: { role: "operator" } } as App, watch: watch as unknown as Watch } });
  flushSync();
  const press = (label: string) => [...document.querySelectorAll("button")].find((one) => one.getAttribute("aria-label") === label)!.click();
  return { changePool, press };
}

test("nothing is wished of workers of which nobody knows what they do", () => {
  const { changePool, press } = show();
  press("+ a slot of each openai worker");
  press("− a slot of each openai worker");
  expect(changePool).not.toHaveBeenCalled();
});

test("an empty field is no limit, and does not take one away", () => {
  const { changePool, press } = show();
  press("Limit each key of openai");
  expect(changePool).not.toHaveBeenCalled();
  const field = document.querySelector("input")!;
  field.value = "0";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  flushSync();
  press("Limit each key of openai");
  expect(changePool).toHaveBeenCalledWith("openai", { requestsPerMinute: 0 });
});

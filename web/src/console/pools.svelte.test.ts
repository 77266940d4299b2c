import { flushSync, mount, unmount } from "svelte";
import { afterEach, expect, test, vi } from "vitest";
import type { App } from "../state/app.svelte.ts";
import type { Pool, PoolChange } from "../wire/ops.ts";
import Pools from "./Pools.svelte";
import type { Watch } from "./watch.svelte.ts";

let page: ReturnType<typeof mount> | undefined;
afterEach(() => page && unmount(page));

function show() {
  const pool: Pool = { provider: "openai", paused: false, concurrency: null, requestsPerMinute: null, workers: 0, slots: 0, busy: 0 };
  const changePool = vi.fn(async (_: string, change: PoolChange): Promise<Pool> => ({ ...pool, paused: change.paused ?? pool.paused }));
  const watch = $state({ pools: [pool], workers: [], ops: { changePool }, refresh: async () => undefined, missing: "" });
  page = mount(Pools, { target: document.body, props: { app: { user: { role: "operator" } } as App, watch: watch as unknown as Watch } });
  flushSync();
  const button = (label: string) => [...document.querySelectorAll("button")].find((one) => one.getAttribute("aria-label") === label);
  const press = (label: string) => button(label)!.click();
  const reason = () => document.querySelector<HTMLInputElement>("input[aria-label='Reason to pause openai']");
  const type = (field: HTMLInputElement, text: string) => {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    flushSync();
  };
  const enter = (more: object = {}) => {
    const key = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...more });
    reason()!.dispatchEvent(key);
    return { pressesTheButton: !key.defaultPrevented };
  };
  return { watch, changePool, button, press, reason, type, enter };
}

test("nothing is wished of workers of which nobody knows what they do", () => {
  const { changePool, press } = show();
  press("+ a slot of each openai worker");
  press("− a slot of each openai worker");
  expect(changePool).not.toHaveBeenCalled();
});

test("an empty field is no limit, and does not take one away", () => {
  const { changePool, press, type } = show();
  press("Limit each key of openai");
  expect(changePool).not.toHaveBeenCalled();
  type(document.querySelector("input[type=number]")!, "0");
  press("Limit each key of openai");
  expect(changePool).toHaveBeenCalledWith("openai", { requestsPerMinute: 0 });
});

test("a pool is paused with the reason that was typed, and the button that resumes it is the same", async () => {
  const { changePool, button, press, reason, type } = show();
  const pause = button("Pause openai")!;
  pause.focus();
  expect(pause.title).toBe("sluice pools pause openai");
  type(reason()!, " it's the bill ");
  expect(pause.title).toBe("sluice pools pause openai --reason 'it'\\''s the bill'");
  press("Pause openai");
  await vi.waitFor(() => expect(button("Resume openai")?.getAttribute("aria-disabled")).toBe("false"));
  expect(changePool).toHaveBeenLastCalledWith("openai", { paused: true, reason: "it's the bill" });
  expect([button("Resume openai") === pause, document.activeElement === pause, pause.title, reason()?.value]).toEqual([true, true, "sluice pools resume openai", ""]);
  press("Resume openai");
  await vi.waitFor(() => expect(button("Pause openai")?.getAttribute("aria-disabled")).toBe("false"));
  expect(changePool).toHaveBeenLastCalledWith("openai", { paused: false });
  expect(reason()?.value).toBe("");
  press("Pause openai");
  expect(changePool).toHaveBeenLastCalledWith("openai", { paused: true, reason: undefined });
});

test("an Enter in the field of the reason presses the button, which pauses", () => {
  const { changePool, button, reason, type, enter } = show();
  type(reason()!, "the bill");
  expect(enter()).toEqual({ pressesTheButton: true });
  expect(enter({ isComposing: true })).toEqual({ pressesTheButton: false });
  // What a browser presses then, which jsdom does not.
  const { form } = reason()!;
  expect(form?.querySelector("button")).toBe(button("Pause openai"));
  expect(form?.querySelector("button")?.type).toBe("submit");
  button("Pause openai")!.click();
  expect(changePool).toHaveBeenCalledWith("openai", { paused: true, reason: "the bill" });
});

test("the field stays under who types in it when somebody else pauses the pool, and resumes nothing", () => {
  const { watch, reason, type, enter } = show();
  const field = reason()!;
  field.focus();
  type(field, "the bi");
  watch.pools = [{ ...watch.pools[0]!, paused: true }];
  flushSync();
  expect([reason() === field, document.activeElement === field, field.value, field.readOnly]).toEqual([true, true, "the bi", true]);
  expect(enter()).toEqual({ pressesTheButton: false });
});

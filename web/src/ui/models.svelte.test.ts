import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import type { Conversation } from "../state/conversation.svelte.ts";
import { settingsOf } from "../state/settings.ts";
import type { Model } from "../wire/shapes.ts";
import ModelPicker from "./ModelPicker.svelte";

beforeAll(async () => {
  // What jsdom lacks of what a menu needs.
  vi.stubGlobal("ResizeObserver", class { observe() {} unobserve() {} disconnect() {} });
  Element.prototype.scrollIntoView = () => undefined;
  // It is loaded when somebody reaches for it, which takes long on a busy machine.
  await import("./ModelMenu.svelte");
}, 60_000);

let page: ReturnType<typeof mount> | undefined;
afterEach(async () => {
  if (page) await unmount(page);
  document.body.innerHTML = "";
});

const model = (id: string, more: Partial<Model> = {}): Model => ({ id, provider: "openai", default: false, maxTokens: 20, available: true, ...more });
const models = [model("small", { default: true }), model("large", { available: false })];

function show(chosen: string) {
  const props = $state({ models, onopen: vi.fn(), conversation: { settings: { ...settingsOf(null), model: chosen, maxTokens: 30 }, configure: vi.fn() } });
  page = mount(ModelPicker, { target: document.body, props: props as unknown as { models: Model[]; onopen: () => void; conversation: Conversation } });
  flushSync();
  const button = document.querySelector("button")!;
  const rows = () => [...document.querySelectorAll("[role=menuitemradio]")].map((row) => [row.textContent?.trim(), row.getAttribute("aria-checked")]);
  return { props, button, rows };
}

test.each([
  ["", "small (default)"],
  ["small", "small"],
  ["unheard-of", "unheard-of"],
])("when %j is chosen, %j is shown", (chosen, shown) => {
  const { button } = show(chosen);
  expect([button.textContent?.trim(), button.getAttribute("aria-label")]).toEqual([shown, `Model, ${shown}`]);
});

test("the button tells that what is chosen cannot be asked now, until it can", async () => {
  const { props, button } = show("large");
  const told = () => [button.textContent?.trim(), button.getAttribute("aria-label")];
  expect(told()).toEqual(["large not available now", "Model, large, not available now"]);
  props.models = [model("large", { available: false, availableAt: new Date(Date.now() + 400).toISOString() })];
  flushSync();
  expect(told()).toEqual([expect.stringMatching(/^large resting until /), expect.stringMatching(/^Model, large, resting until /)]);
  await vi.waitFor(() => expect(told()).toEqual(["large", "Model, large"]), { timeout: 10_000 });
});

test("who looks where none could be learnt of asks for them", async () => {
  const { props, button, rows } = show("");
  props.models = [];
  flushSync();
  expect(button.getAttribute("aria-label")).toBe("Model, Default model");
  button.click();
  await vi.waitFor(() => expect(rows()).toEqual([["Default model", "true"]]), { timeout: 10_000 });
  expect(props.onopen).toHaveBeenCalledOnce();
});

test("the menu begins at what is chosen, and gives the focus back", async () => {
  const scrolled = vi.spyOn(Element.prototype, "scrollIntoView");
  const { button } = show("large");
  button.click();
  await vi.waitFor(() => expect(scrolled).toHaveBeenCalledWith({ block: "nearest" }), { timeout: 10_000 });
  const [row] = scrolled.mock.contexts as Element[];
  expect([row?.getAttribute("aria-checked"), row?.textContent?.trim(), document.activeElement === row]).toEqual(["true", "large not available now", true]);
  row!.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }));
  await vi.waitFor(() => expect(document.activeElement).toBe(button));
});

test("a model that rests says so in its name, can be chosen, and is asked for anew when somebody looks", async () => {
  const { props, button, rows } = show("small");
  expect(props.onopen).not.toHaveBeenCalled();
  button.click();
  await vi.waitFor(() => expect(rows()).toEqual([["small (default)", "false"], ["small", "true"], ["large not available now", "false"]]), { timeout: 10_000 });
  expect(props.onopen).toHaveBeenCalledOnce();
  const availableAt = new Date(Date.now() + 90_000).toISOString();
  props.models = [model("small", { default: true, available: false, availableAt }), model("large")];
  flushSync();
  const resting = /^small (?:\(default\) )?resting until (?:.+, )?\d\d:\d\d$/;
  expect(rows()).toEqual([[expect.stringMatching(resting), "false"], [expect.stringMatching(resting), "true"], ["large", "false"]]);
  // Once for each time that somebody looks, not for each answer to it.
  expect(props.onopen).toHaveBeenCalledOnce();
  [...document.querySelectorAll<HTMLElement>("[role=menuitemradio]")].at(-1)!.click();
  expect(props.conversation.configure).toHaveBeenCalledWith(expect.objectContaining({ model: "large", maxTokens: 20 }));
});

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
  ["large", "large"],
  ["small", "small"],
  ["unheard-of", "unheard-of"],
])("when %j is chosen, %j is shown", (chosen, shown) => {
  const { button } = show(chosen);
  expect([button.textContent?.trim(), button.getAttribute("aria-label")]).toEqual([shown, `Model, ${shown}`]);
});

test("a model that rests says so in its name, can be chosen, and is asked for anew when somebody looks", async () => {
  const { props, button, rows } = show("small");
  expect(props.onopen).not.toHaveBeenCalled();
  button.click();
  await vi.waitFor(() => expect(rows()).toEqual([["small (default)", "false"], ["small", "true"], ["large not available now", "false"]]), { timeout: 10_000 });
  expect(props.onopen).toHaveBeenCalledOnce();
  props.models = [model("small", { default: true, available: false }), model("large")];
  flushSync();
  expect(rows()).toEqual([["small (default) not available now", "false"], ["small not available now", "true"], ["large", "false"]]);
  [...document.querySelectorAll<HTMLElement>("[role=menuitemradio]")].at(-1)!.click();
  expect(props.conversation.configure).toHaveBeenCalledWith(expect.objectContaining({ model: "large", maxTokens: 20 }));
});

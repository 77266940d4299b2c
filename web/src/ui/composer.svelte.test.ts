import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { App } from "../state/app.svelte.ts";
import type { Conversation } from "../state/conversation.svelte.ts";
import { keepDraft } from "../state/drafts.ts";
import { settingsOf } from "../state/settings.ts";

// The page asks both before it shows anything, and jsdom has neither.
vi.stubGlobal("matchMedia", () => ({ matches: true, addEventListener() {}, removeEventListener() {} }));
vi.stubGlobal("CSS", { supports: () => true });
const { default: Composer } = await import("./Composer.svelte");

let page: ReturnType<typeof mount> | undefined;
beforeEach(() => localStorage.clear());
afterEach(() => page && unmount(page));

function show(unsent = "", known = false) {
  const conversation = $state({ chatId: "c", unsent, busy: false, live: null as object | null, settings: settingsOf(null), send: vi.fn(async () => {}), keepTyped: vi.fn() });
  const onstop = vi.fn(async () => {});
  page = mount(Composer, {
    target: document.body,
    props: { app: { models: { items: [], known } } as unknown as App, conversation: conversation as unknown as Conversation, onstop },
  });
  flushSync();
  const area = document.querySelector("textarea")!;
  const type = (text: string) => {
    area.value = text;
    area.dispatchEvent(new Event("input"));
    flushSync();
  };
  const press = (more: object) => area.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", cancelable: true, bubbles: true, ...more }));
  const button = () => document.querySelector<HTMLButtonElement>("button[aria-label=Send], button[aria-label=Stop]")!;
  const put = (text: string) => {
    (page as unknown as { put(text: string): void }).put(text);
    flushSync();
  };
  return { conversation, onstop, area, type, press, button, put };
}

test("the button that stops is the one that sends, and keeps the focus", () => {
  const { conversation, onstop, button } = show();
  Object.assign(conversation, { busy: true, live: {} });
  flushSync();
  const stop = button();
  stop.focus();
  stop.click();
  expect([stop.getAttribute("aria-label"), onstop.mock.calls.length]).toEqual(["Stop", 1]);
  Object.assign(conversation, { busy: false });
  flushSync();
  expect(button()).toBe(stop);
  // One that is disabled loses the focus in a browser.
  expect([document.activeElement, stop.disabled]).toEqual([stop, false]);
  expect([stop.getAttribute("aria-label"), stop.getAttribute("aria-disabled")]).toEqual(["Send", "true"]);
  stop.click();
  expect(conversation.send).not.toHaveBeenCalled();
});

test.each([
  ["while one is composed", { isComposing: true }],
  ["that ends a composition in Safari", { keyCode: 229 }],
])("an Enter %s sends nothing", (_, more) => {
  const { conversation, type, press } = show();
  type("にほん");
  press(more);
  expect(conversation.send).not.toHaveBeenCalled();
  press({});
  expect(conversation.send).toHaveBeenCalledWith("にほん");
});

test("a message that failed is taken back once, also after another chat", () => {
  keepDraft("c", "lost\n\nmore");
  const { area, put } = show("lost");
  expect(area.value).toBe("more");
  put("lost");
  put("lost\n\nmore");
  expect(area.value).toBe("lost\n\nmore");
});

test("what was typed meanwhile stays below what is taken back", () => {
  const { area, type, put } = show();
  type("more");
  put("lost");
  expect(area.value).toBe("lost\n\nmore");
});

test("a model can be chosen once it is known which there are, also where that could not be learnt", () => {
  const picker = () => document.querySelector("button[aria-label^='Model,']")?.getAttribute("aria-label");
  show();
  expect(picker()).toBeUndefined();
  unmount(page!);
  show("", true);
  expect(picker()).toBe("Model, Default model");
});

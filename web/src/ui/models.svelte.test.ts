import { flushSync, mount, unmount } from "svelte";
import { afterEach, expect, test } from "vitest";
import type { Conversation } from "../state/conversation.svelte.ts";
import { settingsOf } from "../state/settings.ts";
import ModelPicker from "./ModelPicker.svelte";

let page: ReturnType<typeof mount> | undefined;
afterEach(() => page && unmount(page));

const models = [
  { id: "small", provider: "openai", default: true, maxTokens: 10 },
  { id: "large", provider: "openai", default: false, maxTokens: 20 },
];

test.each([
  ["", "small (default)", ["small (default)", "large"]],
  ["large", "large", ["small (default)", "large"]],
  ["small", "small", ["small (default)", "small", "large"]],
  ["unheard-of", "unheard-of", ["small (default)", "large", "unheard-of"]],
])("when %j is chosen, %j is shown", (model, shown, offered) => {
  const conversation = { settings: { ...settingsOf(null), model } };
  page = mount(ModelPicker, { target: document.body, props: { models, conversation: conversation as unknown as Conversation } });
  flushSync();
  const select = document.querySelector("select")!;
  expect([select.selectedOptions[0]?.textContent, [...select.options].map((option) => option.textContent)]).toEqual([shown, offered]);
});

import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeAll, expect, test } from "vitest";
import { loadHighlighter } from "../markdown/highlight.ts";
import { colours } from "./colours.svelte.ts";
import Markdown from "./Markdown.svelte";

beforeAll(async () => {
  await loadHighlighter();
  colours.ready = true;
});

let page: ReturnType<typeof mount>;
afterEach(() => unmount(page));

function show(text: string, growing: boolean) {
  const props = $state({ text, growing });
  page = mount(Markdown, { target: document.body, props });
  flushSync();
  const code = () => document.querySelector(".code code")!;
  return { props, code, coloured: () => code().querySelector(".hljs-keyword") !== null };
}

test("code is plain while it is written, and has its colours once its end is there", () => {
  const { props, code, coloured } = show("```js\nlet a;\nlet b", true);
  expect([code().textContent, coloured()]).toEqual(["let a;\nlet b", false]);
  props.text = "```js\nlet a;\nlet b;\n```\n";
  flushSync();
  expect([code().textContent, coloured()]).toEqual(["let a;\nlet b;", true]);
});

test("code whose end never comes has its colours when the answer has ended", () => {
  const { props, coloured } = show("```js\nlet a;", true);
  expect(coloured()).toBe(false);
  props.growing = false;
  flushSync();
  expect(coloured()).toBe(true);
});

test("each part of a text runs the way it is read", () => {
  show("# שלום\n\nhello", false);
  expect([...document.querySelectorAll(".prose > div")].map((part) => part.getAttribute("dir"))).toEqual(["auto", "auto"]);
});

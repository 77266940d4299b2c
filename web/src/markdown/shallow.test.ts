import { Tokenizer } from "marked";
import { expect, test, vi } from "vitest";
import { Blocks } from "./blocks.ts";

/** How many elements stand in each other at the most. */
function depth(element: Element): number {
  return 1 + Math.max(0, ...[...element.children].map(depth));
}

function shown(markdown: string, growing: boolean): HTMLElement {
  const root = document.createElement("div");
  for (const block of new Blocks().update(markdown, growing)) root.innerHTML += block.kind === "html" ? block.html : "";
  return root;
}

const MANY = 3000;
const towers: [string, string][] = [
  ["quotes", `${">".repeat(MANY)} end`],
  ["lists", `${"- ".repeat(MANY)}end`],
  ["numbers", `${"1. ".repeat(MANY)}end`],
  ["quotes and lists", `${"> - ".repeat(MANY)}end`],
  ["emphasis", `${"*".repeat(MANY)}end${"*".repeat(MANY)}`],
  ["lines that go in", Array.from({ length: 100 }, (_, i) => `${"  ".repeat(i)}- end`).join("\n")],
];

test.each(towers)("%s in each other without end are shown, and not as deep as they say", (_, markdown) => {
  for (const growing of [true, false]) {
    const root = shown(markdown, growing);
    expect(root.textContent).toContain("end");
    // What was made of it, and not the text as it is.
    expect(root.querySelector("blockquote, li, strong")).not.toBeNull();
    expect(depth(root)).toBeLessThan(50);
  }
});

test("what people write in each other is all there", () => {
  const root = shown("> - one\n>   - **two *three ~~four [five](https://example.org/)~~***\n>     > six", false);
  for (const tag of ["blockquote", "ul ul", "strong em del a", "li blockquote"]) expect(root.querySelector(tag), tag).not.toBeNull();
});

test("emphasis that has no end is not looked for from each of its thousand beginnings", () => {
  const search = vi.spyOn(Tokenizer.prototype, "emStrong");
  expect(shown("**a *b ".repeat(1500), false).textContent).toContain("**a *b **a");
  expect(search.mock.calls.length).toBeLessThan(500);
  search.mockRestore();
});

test("a long text with many names in it keeps its emphasis", () => {
  const names = "a_snake_case_name of some length, ".repeat(40);
  expect(shown(`${names} and **bold** at the end`, false).querySelector("strong")).not.toBeNull();
});

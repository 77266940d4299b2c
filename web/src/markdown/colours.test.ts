import { beforeAll, expect, test } from "vitest";
import { Blocks } from "./blocks.ts";
import { loadHighlighter } from "./highlight.ts";
import { codeInner } from "./render.ts";

beforeAll(() => loadHighlighter());

const listed = (code: string, end: string) => `- see:\n  \`\`\`js\n  ${code}\n${end}`;
const html = (text: string, growing: boolean) => new Blocks().update(text, growing).map((block) => (block.kind === "html" ? block.html : "")).join("");
const coloured = expect.stringContaining("hljs-keyword");

test("code in a list has its colours when it has its end, not before", () => {
  expect(html(listed("let a;", ""), true)).not.toEqual(coloured);
  expect(html(listed("let a;", "  ```\n- more"), true)).toEqual(coloured);
  expect(html(listed("let a;", ""), false)).toEqual(coloured);
});

test("long code in a list has no colours while the list grows", () => {
  const long = listed("let a; ".repeat(500), "  ```\n- more");
  expect(html(long, true)).not.toEqual(coloured);
  expect(html(long, false)).toEqual(coloured);
});

test("code as long as a book is never coloured, and whole", () => {
  const code = "let a;\n".repeat(20_000);
  expect(codeInner(code, "js")).toBe(code);
});

import { expect, test, vi } from "vitest";
import { Blocks } from "./blocks.ts";

const lexed = vi.hoisted(() => [] as string[]);
vi.mock("./render.ts", async (original) => {
  const real = await original<typeof import("./render.ts")>();
  return {
    ...real,
    lex(source: string) {
      lexed.push(source);
      if (source.includes("poison")) throw new RangeError("Maximum call stack size exceeded");
      return real.lex(source);
    },
    blockHtml(tokens: Parameters<typeof real.blockHtml>[0], growing?: boolean) {
      if (tokens[0]?.raw.includes("venom")) throw new RangeError("Maximum call stack size exceeded");
      return real.blockHtml(tokens, growing);
    },
  };
});

const shown = (blocks: Blocks, text: string, growing: boolean) => blocks.update(text, growing).map((block) => (block.kind === "html" ? block.html : block.code));

test("what cannot be read as markdown is shown as the text it is", () => {
  const [html, ...more] = shown(new Blocks(), "**a**\n\npoison <b onclick=x>", false);
  expect(more).toEqual([]);
  const root = document.createElement("div");
  root.innerHTML = html ?? "";
  expect(root.textContent).toBe("**a**\n\npoison <b onclick=x>");
  expect(root.querySelector("b")).toBeNull();
});

test("while it grows it is not read again with each frame", () => {
  const blocks = new Blocks();
  shown(blocks, "One.\n\nTwo.\n\npoison", true);
  const before = lexed.length;
  expect(shown(blocks, "One.\n\nTwo.\n\npoison and more", true)).toHaveLength(1);
  expect(lexed.length).toBe(before);
});

test("when another attempt takes its place, nothing of it is left and nothing is missing", () => {
  const blocks = new Blocks();
  shown(blocks, "venom\n\nOne.\n\nTwo.", true);
  expect(shown(blocks, "venom\n\nOne.", true)).toEqual([expect.stringContaining("venom\n\nOne.")]);
  expect(shown(blocks, "One.\n\nTwo.", true)).toEqual(["<p>One.</p>\n", "<p>Two.</p>\n"]);
});

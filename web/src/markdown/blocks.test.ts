import { expect, test } from "vitest";
import { Blocks, type Block } from "./blocks.ts";
import { mend } from "./mend.ts";

const answer = `# One

Text with **bold**, \`code\` and a [link](https://example.org/).

#### Deep

- a
- b
  - c

1. first
   \`\`\`sh
   ls
   \`\`\`

\`\`\`rust
fn main() {}
\`\`\`

| a | b |
|---|--:|
| 1 | 2 |

See [the docs][1], and [the source][].

The end.

[1]: https://example.org/docs
[the source]: https://example.org/source`;

const html = (blocks: Block[]) => blocks.map((b) => (b.kind === "html" ? b.html : `[${b.language}]${b.code}`)).join("\n");

test.each([1, 3, 10])("growing by %i characters ends with what the whole text gives", (step) => {
  const growing = new Blocks();
  for (let i = 0; i < answer.length; i += step) growing.update(answer.slice(0, i), true);
  const whole = html(growing.update(answer, false));
  expect(whole).toBe(html(new Blocks().update(answer, false)));
  for (const page of ["docs", "source"]) expect(whole).toContain(`href="https://example.org/${page}"`);
});

test("blocks that are followed by another one keep their place and their HTML while the answer grows", () => {
  const blocks = new Blocks();
  let before: Block[] = [];
  for (let i = 1; i <= answer.length; i++) {
    const now = blocks.update(answer.slice(0, i), true);
    expect(now.slice(0, Math.max(0, before.length - 1))).toEqual(before.slice(0, -1));
    before = now;
  }
});

test("text that was taken back is forgotten", () => {
  const blocks = new Blocks();
  blocks.update("One.\n\nTwo.\n\nThree.", true);
  expect(html(blocks.update("Other", true))).toContain("Other");
  expect(html(blocks.update("Other", true))).not.toContain("One");
});

test("CRLF is a line end like any other", () => {
  const blocks = new Blocks();
  blocks.update("One.\r\n\r\nTwo.\r\n", true);
  expect(html(blocks.update("One.\r\n\r\nTwo.\r\n\r\nThree.", false)).match(/<p>/g)).toHaveLength(3);
});

test("headings begin below the page's own and skip no level", () => {
  const levels = html(new Blocks().update("# a\n\n#### b\n\n## c\n\n###### d", false)).match(/<h\d/g);
  expect(levels).toEqual(["<h3", "<h4", "<h4", "<h5"]);
});

test("an open code block is shown without the start of its closing fence", () => {
  expect(new Blocks().update("```js\nlet a;\n``", true)).toEqual([{ kind: "code", code: "let a;", language: "js", open: true }]);
});

test.each([
  ["some **bo", "some **bo**"],
  ["some **bold*", "some **bold**"],
  ["some **", "some "],
  ["some *it", "some *it*"],
  ["some `co", "some `co`"],
  ["some `", "some "],
  ["~~gone", "~~gone~~"],
  ["see [text](https://ex", "see text"],
  ["see [te", "see te"],
  ["see ![alt](https://ex", "see "],
  ["Intro:\n-", "Intro:\n"],
  ["Intro:\n1.", "Intro:\n"],
  ["`a[0]` is", "`a[0]` is"],
  ["`a[0", "`a[0`"],
  ["2 * 3 = 6", "2 * 3 = 6"],
  ["**a** and **b**", "**a** and **b**"],
  ["* item **bo", "* item **bo**"],
  ["done.", "done."],
  ["- a\n  ```sh\n  echo `", "- a\n  ```sh\n  echo `"],
  ["- a\n  ```sh\n  ls\n  ``", "- a\n  ```sh\n  ls"],
  ["- a\n  ```sh\n  `\n  ```\n  then **b", "- a\n  ```sh\n  `\n  ```\n  then **b**"],
])("mending %j gives %j", (raw, mended) => {
  expect(mend(raw)).toBe(mended);
});

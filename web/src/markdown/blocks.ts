// Splits growing markdown into top-level blocks. Blocks that are followed by another one cannot change any more and keep
// their HTML; only the last is lexed and rendered again, so the work per frame does not grow with the answer. When it ends, the
// whole is lexed once: links may refer to an address that came after them.
import type { Token } from "marked";
import { mend, mendCode } from "./mend.ts";
import { blockHtml, isClosed, languageOf, lex, plainHtml } from "./render.ts";

export type Block =
  | { kind: "html"; html: string }
  | { kind: "code"; code: string; language: string; open: boolean };

export class Blocks {
  private settled: Block[] = [];
  /** The source the settled blocks came from. */
  private source = "";
  private level = 2;
  /** The text that could not be read as markdown. */
  private unreadable: string | null = null;

  /** All blocks of `raw`; `growing` while more may follow. What cannot be read as markdown is one block of the text as it is. */
  update(raw: string, growing: boolean): Block[] {
    // The lexer turns CRLF into LF; `source` must be a prefix of the same text.
    const text = raw.replace(/\r\n?/g, "\n");
    // More of the same would fail again, and again with each frame.
    if (growing && this.unreadable !== null && text.startsWith(this.unreadable)) return [asItIs(text)];
    try {
      this.unreadable = null;
      return this.read(text, growing);
    } catch {
      this.forget();
      this.unreadable = text;
      return [asItIs(text)];
    }
  }

  private read(text: string, growing: boolean): Block[] {
    if (!growing || !text.startsWith(this.source)) this.forget();
    const tokens = lex(text.slice(this.source.length));
    const last = lastContent(tokens);
    for (let i = 0; i < last; i++) this.settle(tokens[i]);
    const tail = tokens[last];
    if (!tail) return this.settled;
    return [...this.settled, ...(growing ? this.grow(tail) : this.render(tail, this.level).blocks)];
  }

  private forget(): void {
    this.settled = [];
    this.source = "";
    this.level = 2;
  }

  private settle(token: Token | undefined): void {
    if (!token) return;
    this.source += token.raw;
    const { blocks, level } = this.render(token, this.level);
    this.settled = [...this.settled, ...blocks];
    this.level = level;
  }

  private grow(token: Token): Block[] {
    if (token.type === "code" && isFence(token.raw)) {
      const closed = isClosed(token.raw);
      const code = closed ? token.text : mendCode(token.text);
      return [{ kind: "code", code, language: languageOf(token.lang), open: !closed }];
    }
    const blocks: Block[] = [];
    for (const mended of lex(mend(token.raw))) blocks.push(...this.render(mended, this.level, true).blocks);
    return blocks;
  }

  private render(token: Token, before: number, growing = false): { blocks: Block[]; level: number } {
    if (token.type === "space" || token.type === "def") return { blocks: [], level: before };
    if (token.type === "code") {
      return { blocks: [{ kind: "code", code: token.text, language: languageOf(token.lang), open: false }], level: before };
    }
    if (token.type !== "heading") return { blocks: [{ kind: "html", html: blockHtml([token], growing) }], level: before };
    // The page's own headings are levels 1 and 2, and a level may not be skipped on the way down.
    const level = Math.min(before + 1, token.depth + 2, 6);
    return { blocks: [{ kind: "html", html: blockHtml([{ ...token, depth: level }], growing) }], level };
  }
}

function lastContent(tokens: Token[]): number {
  for (let i = tokens.length - 1; i >= 0; i--) if (tokens[i]?.type !== "space") return i;
  return tokens.length;
}

function isFence(raw: string): boolean {
  return /^ {0,3}(`{3,}|~{3,})/.test(raw);
}

const asItIs = (text: string): Block => ({ kind: "html", html: plainHtml(text) });

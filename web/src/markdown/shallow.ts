// Answers are not always sane: a model that repeats itself writes thousands of `>` or `*` in a row, and the lexer calls itself for
// each. Deeper than anybody reads, marks are shown as the characters they are.
import { Tokenizer, type Tokens } from "marked";

/** Quotes and lists in each other, and emphasis in emphasis. */
const DEEPEST = 16;
/** How many characters of one text are looked through for the ends of emphasis that have none; each of them costs the whole text. */
const PATIENCE = 2_000_000;

export class Shallow extends Tokenizer {
  private depth = 0;
  private searched = "";
  private vain = 0;

  override blockquote(src: string): Tokens.Blockquote | undefined {
    return this.within(() => super.blockquote(src));
  }

  override list(src: string): Tokens.List | undefined {
    return this.within(() => super.list(src));
  }

  override emStrong(src: string, masked: string, before?: string): Tokens.Em | Tokens.Strong | undefined {
    if (masked !== this.searched) [this.searched, this.vain] = [masked, 0];
    if (this.vain * masked.length > PATIENCE) return undefined;
    const found = this.within(() => super.emStrong(src, masked, before));
    if (!found) this.vain += 1;
    return found;
  }

  override del(src: string, masked: string, before?: string): Tokens.Del | undefined {
    return this.within(() => super.del(src, masked, before));
  }

  override link(src: string): Tokens.Link | Tokens.Image | undefined {
    return this.within(() => super.link(src));
  }

  private within<T>(read: () => T | undefined): T | undefined {
    if (this.depth >= DEEPEST) return undefined;
    this.depth += 1;
    try {
      return read();
    } finally {
      this.depth -= 1;
    }
  }
}

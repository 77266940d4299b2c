// The block that still grows ends in the middle of things: `**bo`, `[text](htt`, a lone `-`. Shown as they are they would
// flip from raw to formatted one character later. So close what is open and hold back what cannot be told yet.

/** A last line that may still become a heading rule, list item, fence or table. */
const UNDECIDED_LINE = /(^|\n)[ \t]*(?:[-=*+_#~|>`]+|\d{1,9}[.)]?)[ \t]*$/;

export function mend(source: string): string {
  const fence = fenced(source);
  if (fence.open) return mendCode(source);
  const prose = source.slice(fence.end).replace(UNDECIDED_LINE, "$1");
  return source.slice(0, fence.end) + closeMarks(halfLink(prose));
}

/** Code inside of a list or quote: whether its fence is open, and where the last closed one ends. */
function fenced(source: string): { open: boolean; end: number } {
  let open: string | null = null;
  let end = 0;
  for (const line of source.matchAll(/^[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)?(`{3,}|~{3,})(.*)\n?/gm)) {
    const [whole, run = "", info = ""] = line;
    if (open === null) open = run;
    else if (run.startsWith(open) && info.trim() === "") {
      open = null;
      end = line.index + whole.length;
    }
  }
  return { open: open !== null, end };
}

/** A code block loses the first characters of its closing fence. */
export function mendCode(code: string): string {
  return code.replace(/(^|\n)[ \t]*(`{1,3}|~{1,3})$/, "");
}

/** `[text](htt` shows `text`; `![alt](htt` shows nothing yet. */
function halfLink(text: string): string {
  const open = text.lastIndexOf("[");
  if (open < 0 || inCode(text, open)) return text;
  const tail = text.slice(open);
  const image = text[open - 1] === "!";
  const before = text.slice(0, image ? open - 1 : open);
  const half = /^\[([^\]\n]*)\]\([^)\n]*$/.exec(tail);
  if (half) return image ? before : before + half[1];
  if (/^\[[^\]\n]*$/.test(tail)) return image ? before : before + tail.slice(1);
  return text;
}

function inCode(text: string, at: number): boolean {
  let open = false;
  for (const run of text.slice(text.lastIndexOf("\n\n", at) + 1, at).matchAll(/`+/g)) if (run) open = !open;
  return open;
}

/** Closes backticks, then `**`, `~~` and `*`, in the last paragraph. */
function closeMarks(text: string): string {
  const from = text.lastIndexOf("\n\n") + 1;
  const line = text.slice(from);
  const ticks = [...line.matchAll(/`+/g)];
  if (ticks.length % 2 === 1) {
    const last = ticks[ticks.length - 1];
    const run = last?.[0] ?? "`";
    // Nothing after the opening run: hold it back.
    if (line.endsWith(run)) return text.slice(0, text.length - run.length);
    return text + run;
  }
  const plain = line.replace(/(`+)[^`]*?\1/g, "");
  let mended = text;
  for (const mark of ["**", "~~"]) mended = closeMark(mended, plain, mark);
  return closeStar(mended, plain);
}

function closeMark(text: string, plain: string, mark: string): string {
  if ((plain.split(mark).length - 1) % 2 === 0) return text;
  if (text.endsWith(mark)) return text.slice(0, -mark.length);
  // `**bold*`: the second star of the end is on its way.
  if (mark === "**" && text.endsWith("*")) return `${text}*`;
  return text.trimEnd() + mark;
}

function closeStar(text: string, plain: string): string {
  const singles = plain.replaceAll("**", "").replace(/(^|\n)[ \t]*\*[ \t]/g, "$1");
  if ((singles.split("*").length - 1) % 2 === 0) return text;
  if (plain.endsWith("*") && !plain.endsWith("**")) return plain.includes("**") && text.endsWith("**") ? text : text.replace(/\*$/, "");
  return /\*\S[^*]*$/.test(singles) ? `${text.trimEnd()}*` : text;
}

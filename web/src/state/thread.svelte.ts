// What is known of a chat, with all its branches, and the one line through it that is shown.
import { isOver, type LiveAnswer } from "./live.svelte.ts";
import { isAnswerOf, isVoid, type Row } from "./rows.ts";
import { Tree } from "./tree.ts";

export class Thread {
  rows: Row[] = $state.raw([]);
  /** A message that the line has to pass; the newest one when null. */
  through: string | null = $state(null);
  private readonly tree = $derived(new Tree(this.rows));
  readonly line: Row[] = $derived(this.tree.line(this.through));

  /** The versions of a row of the line, which is one of them; without answers that left nothing behind, unless they are of `live`. */
  versions(row: Row, allRead: boolean, live: string | undefined): Row[] {
    return this.tree.versions(row, allRead).filter((one) => one === row || !isVoid(one) || one.generationId === live);
  }

  /** The message that `row` follows, as far as it is known. */
  parentIdOf(row: Row): Row["parentId"] {
    return this.tree.parent(row)?.messageId ?? row.parentId;
  }

  /** The last message of the line that is stored. */
  get last(): string | null {
    return this.line.findLast((row) => row.messageId !== null)?.messageId ?? null;
  }

  add(row: Row): void {
    this.rows = [...this.rows, row];
  }

  remove(isGone: (row: Row) => boolean): void {
    this.rows = this.rows.filter((row) => !isGone(row));
  }

  answerOf(generationId: string): Row | undefined {
    return this.rows.find((row) => isAnswerOf(row, generationId));
  }

  /** Writes into the answer of a generation. */
  changeAnswer(generationId: string, change: (row: Row) => Row): void {
    this.rows = this.rows.map((row) => (isAnswerOf(row, generationId) ? change(row) : row));
  }
}

/** The text of an answer's row: from the stream, unless that ended with holes and the stored message is better. */
export function answerText(row: Row, live: LiveAnswer | null): string {
  if (live === null || !isAnswerOf(row, live.id)) return row.text;
  return live.fromRecord && isOver(live) ? row.text : live.view.text;
}

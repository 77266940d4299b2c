// A chat is a tree: messages that follow the same one are its versions, the same question in other words or other answers to
// it. What is shown is one line through it, from the beginning to its newest message.
import type { Row } from "./rows.ts";

export class Tree {
  private readonly rows: Row[];
  private readonly byId = new Map<string, Row>();
  private readonly children = new Map<Row | null, Row[]>();

  constructor(rows: Row[]) {
    this.rows = rows;
    for (const row of rows) {
      this.byId.set(row.key, row);
      if (row.messageId !== null) this.byId.set(row.messageId, row);
    }
    for (const row of rows) {
      const parent = this.parent(row);
      this.children.set(parent, [...(this.children.get(parent) ?? []), row]);
    }
  }

  /** What `row` follows; null when that is nothing, or was not read yet. */
  parent(row: Row): Row | null {
    const parent = row.parentId ? (this.byId.get(row.parentId) ?? null) : null;
    return parent === row ? null : parent;
  }

  /** The line that leads to the newest message, or through the one called `through` to the newest of what follows it. */
  line(through: string | null): Row[] {
    const chosen = through === null ? undefined : this.byId.get(through);
    const line: Row[] = [];
    const passed = new Set<Row>();
    let row: Row | null = (chosen ? this.newestBehind(chosen) : this.rows.at(-1)) ?? null;
    while (row !== null && !passed.has(row)) {
      passed.add(row);
      line.push(row);
      row = this.parent(row);
    }
    return line.reverse();
  }

  /** All versions of `row`, oldest first; it alone while older ones may not have been read. */
  versions(row: Row, allRead: boolean): Row[] {
    const parent = this.parent(row);
    if (parent !== null) return this.children.get(parent) ?? [row];
    if (row.parentId || !allRead) return [row];
    return (this.children.get(null) ?? []).filter((other) => !other.parentId);
  }

  private newestBehind(row: Row): Row {
    const behind = new Set<Row>([row]);
    for (const one of behind) for (const child of this.children.get(one) ?? []) behind.add(child);
    return this.rows.findLast((one) => behind.has(one)) ?? row;
  }
}

// The event stream format of the HTML standard: CR, LF or CRLF, comments, multi-line data, ids that outlive their event.
export interface SseEvent {
  id: string;
  data: string;
}

export class SseParser {
  /** Milliseconds the server asked reconnecting clients to wait. */
  retry: number | null = null;
  lastId = "";
  private rest = "";
  private data: string[] = [];
  private first = true;

  /** Takes decoded text in pieces of any size and returns the events that are complete. */
  push(chunk: string): SseEvent[] {
    let text = this.rest + chunk;
    if (this.first && text !== "") {
      if (text.startsWith("\uFEFF")) text = text.slice(1);
      this.first = false;
    }
    const events: SseEvent[] = [];
    let start = 0;
    for (;;) {
      const end = lineEnd(text, start);
      if (end === null) break;
      this.line(text.slice(start, end.at), events);
      start = end.next;
    }
    this.rest = text.slice(start);
    return events;
  }

  private line(line: string, events: SseEvent[]): void {
    if (line === "") return this.dispatch(events);
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "data") this.data.push(value);
    else if (field === "id" && !value.includes("\0")) this.lastId = value;
    else if (field === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
  }

  private dispatch(events: SseEvent[]): void {
    if (this.data.length > 0) events.push({ id: this.lastId, data: this.data.join("\n") });
    this.data = [];
  }
}

/** Where the line from `start` ends and the next begins; null while it is incomplete. */
function lineEnd(text: string, start: number): { at: number; next: number } | null {
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 10) return { at: i, next: i + 1 };
    if (c !== 13) continue;
    // A CR at the end of a chunk may be half of a CRLF: wait for the next character.
    if (i + 1 === text.length) return null;
    return { at: i, next: text.charCodeAt(i + 1) === 10 ? i + 2 : i + 1 };
  }
  return null;
}

// The lines of a transcript. A row keeps its key from the optimistic bubble to the stored message, so nothing is drawn twice.
import type { Usage } from "../stream/answer.ts";
import type { Message } from "../wire/shapes.ts";

export interface Row {
  key: string;
  role: "user" | "assistant" | "system";
  text: string;
  createdAt: string;
  messageId: string | null;
  generationId: string | null;
  usage: Usage | null;
  /** Not accepted by the server (yet). */
  unsent: boolean;
}

export function rowOf(message: Message): Row {
  return {
    key: message.id,
    role: message.role,
    text: message.content,
    createdAt: message.createdAt,
    messageId: message.id,
    generationId: message.generationId ?? null,
    usage: null,
    unsent: false,
  };
}

export function bubble(role: Row["role"], text: string, key: string, createdAt: string): Row {
  return { key, role, text, createdAt, messageId: null, generationId: null, usage: null, unsent: true };
}

/**
 * Rows after the newest page (newest first, as served) was read again. Known ones keep key and usage, and what stands before
 * them stays; rows of a chat that went on for more than a page are dropped, `oldestIsNew` says so beforehand.
 */
export function mergeNewest(rows: Row[], newest: Message[]): Row[] {
  const page = [...newest].reverse().map((message) => adopt(rows, rowOf(message)));
  const keys = new Set(page.map((row) => row.key));
  const joint = rows.findIndex((row) => keys.has(row.key));
  const older = rows.slice(0, Math.max(0, joint)).filter((row) => row.messageId !== null);
  const merged = [...older, ...page];
  for (const row of older) keys.add(row.key);
  // Answers that are not stored (yet), and bubbles the server has not taken.
  const loose = rows.filter((row) => !keys.has(row.key) && (joint >= 0 || row.messageId === null));
  for (const row of loose) merged.splice(placeOf(row, merged), 0, row);
  return merged;
}

/** Whether nothing of what is shown is on this page: what is older must then be asked for again. */
export function oldestIsNew(rows: Row[], newest: Message[]): boolean {
  const ids = new Set(newest.map((message) => message.id));
  return !rows.some((row) => row.messageId !== null && ids.has(row.messageId));
}

/** After the question it answers, when that is known; otherwise at the end. */
function placeOf(row: Row, rows: Row[]): number {
  const question = row.generationId === null ? -1 : rows.findLastIndex((r) => r.role === "user" && r.generationId === row.generationId);
  return question < 0 ? rows.length : question + 1;
}

/** Older messages (newest first) in front of what is there. */
export function prependOlder(rows: Row[], older: Message[]): Row[] {
  const known = new Set(rows.map((row) => row.messageId));
  const fresh = [...older].reverse().filter((message) => !known.has(message.id));
  return [...fresh.map(rowOf), ...rows];
}

function adopt(rows: Row[], row: Row): Row {
  const same = rows.find(
    (r) => r.messageId === row.messageId || (row.role === "assistant" && r.role === "assistant" && row.generationId !== null && r.generationId === row.generationId),
  );
  // Which generation answers a question is served with the newest one only.
  return same ? { ...row, key: same.key, usage: same.usage, generationId: row.generationId ?? same.generationId } : row;
}

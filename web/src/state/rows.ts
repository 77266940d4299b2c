// The messages of a chat that are known, in all its branches, oldest first. A row keeps its key from the optimistic bubble to the
// stored message, so nothing is drawn twice.
import type { Usage } from "../stream/answer.ts";
import type { Accepted, Message } from "../wire/shapes.ts";

export interface Row {
  key: string;
  role: "user" | "assistant" | "system";
  text: string;
  createdAt: string;
  messageId: string | null;
  /** The message it follows, or the key of its row; null for one that begins the chat, absent for the newest there is. */
  parentId: string | null | undefined;
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
    parentId: message.parentId ?? null,
    generationId: message.generationId ?? null,
    usage: usageOf(message),
    unsent: false,
  };
}

/** What an answer took; nothing where nothing was spent. */
export function usageOf({ inputTokens = null, outputTokens = null }: { inputTokens?: number | null; outputTokens?: number | null }): Usage | null {
  return inputTokens === null && outputTokens === null ? null : { inputTokens, outputTokens };
}

export function bubble(role: Row["role"], text: string, key: string, parentId: Row["parentId"]): Row {
  return { key, role, text, createdAt: new Date().toISOString(), messageId: null, parentId, generationId: null, usage: null, unsent: true };
}

/**
 * Rows after the newest page (newest first, as served) was read again. Known ones keep their key, and what stands before
 * them stays. Of a chat that went on for more than a page, only what this tab has said since stays; `oldestIsNew` says so beforehand.
 */
export function mergeNewest(rows: Row[], newest: Message[]): Row[] {
  const page = [...newest].reverse().map((message) => adopt(rows, rowOf(message)));
  const onPage = new Set(page.map((row) => row.key));
  const joint = rows.findIndex((row) => onPage.has(row.key));
  const older = rows.slice(0, Math.max(0, joint)).filter((row) => row.messageId !== null);
  const merged = [...older, ...page];
  const placed = new Set(merged.map((row) => row.key));
  rows.forEach((row, index) => {
    if (placed.has(row.key) || (joint < 0 && !isLater(row, merged, newest[0]?.id ?? ""))) return;
    const place = placeOf(row, rows.slice(0, index), merged);
    merged.splice(place, 0, row.parentId === undefined ? { ...row, parentId: newestOf(merged.slice(0, place)) } : row);
    placed.add(row.key);
  });
  return merged;
}

/** Whether nothing of what is shown is on this page: what is older must then be asked for again. */
export function oldestIsNew(rows: Row[], newest: Message[]): boolean {
  const ids = new Set(newest.map((message) => message.id));
  return !rows.some((row) => row.messageId !== null && ids.has(row.messageId));
}

/** Older messages (newest first) in front of what is there. */
export function prependOlder(rows: Row[], older: Message[]): Row[] {
  const known = new Set(rows.map((row) => row.messageId));
  const fresh = [...older].reverse().filter((message) => !known.has(message.id));
  return [...fresh.map(rowOf), ...rows];
}

/** An answer that left nothing behind, unless it is being written. */
export function isVoid(row: Row): boolean {
  return row.role === "assistant" && row.messageId === null && !row.unsent && row.text === "";
}

/** Without what left nothing behind, when something else is asked; `again` is the generation whose question is answered once more. */
export function withoutVoid(rows: Row[], again: string | null): Row[] {
  return rows.filter((row) => !isVoid(row) && (row.messageId !== null || again === null || !isAnswerOf(row, again)));
}

/**
 * Rows once the server has accepted what stands in those with the keys `question`, of a new one, and `answer`. It may have done so long
 * before, and what was read of both meanwhile gives way.
 */
export function withAccepted(rows: Row[], { generationId, userMessageId }: Accepted, question: string | null, answer: string): Row[] {
  const isAnswer = (row: Row) => row.key !== answer && isAnswerOf(row, generationId);
  const isQuestion = (row: Row) => question !== null && row.key !== question && row.messageId === userMessageId;
  const read = rows.find(isAnswer);
  return rows
    .filter((row) => !isAnswer(row) && !isQuestion(row))
    .map((row) => {
      if (row.key === answer) return { ...row, ...read, key: answer, unsent: false, generationId, parentId: userMessageId };
      if (row.key === question) return { ...row, unsent: false, messageId: userMessageId, generationId };
      return row;
    });
}

export function isAnswerOf(row: Row, generationId: string): boolean {
  return row.role === "assistant" && row.generationId === generationId;
}

/** Whether `row` was made by this tab after the page with `newestId`; ids rise with time. */
function isLater(row: Row, merged: Row[], newestId: string): boolean {
  if (row.unsent) return true;
  if (row.messageId === null) return merged.some((one) => isNamed(one, row.parentId));
  return row.key !== row.messageId && row.messageId > newestId;
}

/** Behind what it stood behind, or behind what it follows; at the end when neither is there, and until it was sent. */
function placeOf(row: Row, before: Row[], merged: Row[]): number {
  if (row.unsent) return merged.length;
  const places = new Map(merged.map((one, place) => [one.key, place]));
  const neighbour = before.findLast((one) => places.has(one.key));
  if (neighbour) return (places.get(neighbour.key) ?? 0) + 1;
  const parent = merged.findIndex((one) => isNamed(one, row.parentId));
  return parent < 0 ? merged.length : parent + 1;
}

function newestOf(rows: Row[]): string | undefined {
  return rows.findLast((row) => row.messageId !== null)?.messageId ?? undefined;
}

function isNamed(row: Row, id: Row["parentId"]): boolean {
  return id !== null && id !== undefined && (row.key === id || row.messageId === id);
}

function adopt(rows: Row[], row: Row): Row {
  const same = rows.find((r) => r.messageId === row.messageId || (row.role === "assistant" && row.generationId !== null && isAnswerOf(r, row.generationId)));
  // Which generation answers a question is served with the newest one only. What was served counts all attempts, a stream the last one.
  return same ? { ...row, key: same.key, usage: row.usage ?? same.usage, generationId: row.generationId ?? same.generationId } : row;
}

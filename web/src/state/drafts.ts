// What was typed and not accepted yet, per chat; the chat that does not exist yet is `new`.
import { read, write } from "./storage.ts";

const key = (chatId: string | null) => `sluice:draft:${chatId ?? "new"}`;
const editKey = (chatId: string) => `sluice:draft-edit:${chatId}`;

/** A message that is being put in other words, and those. */
export interface Edit {
  messageId: string;
  text: string;
}

/** What is on its way from a new chat to the one that is being made for it: a reload finds it, another new chat does not begin with it. */
let leaving: string | null = null;

export function draftOf(chatId: string | null): string {
  const text = read(key(chatId)) ?? "";
  return chatId === null && text === leaving ? "" : text;
}

export function keepDraft(chatId: string | null, text: string): void {
  write(key(chatId), text.trim() === "" ? null : text);
}

export function keepLeaving(text: string): void {
  keepDraft(null, text);
  leaving = text;
}

/** It has left, or never will. */
export function endLeaving(): void {
  leaving = null;
}

/** Forgets the draft of the new chat, unless something else was typed into another one since. */
export function forgetLeft(text: string): void {
  if (draftOf(null) === text) keepDraft(null, "");
}

export function editOf(chatId: string | null): Edit | null {
  const stored = chatId === null ? null : read(editKey(chatId));
  try {
    const { messageId, text } = JSON.parse(stored ?? "{}") as Partial<Edit>;
    return typeof messageId === "string" && typeof text === "string" ? { messageId, text } : null;
  } catch {
    // Not ours: nothing is lost with it.
    return null;
  }
}

export function keepEdit(chatId: string | null, edit: Edit | null): void {
  if (chatId !== null) write(editKey(chatId), edit && JSON.stringify(edit));
}

/** A draft of what is on its way and of what was typed since. */
export function joined(sent: string, typed: string): string {
  return [sent, typed].filter((text) => text.trim() !== "").join(BETWEEN);
}

/** What was typed since, of a draft that may begin with what is on its way. */
export function typedIn(draft: string, sent: string): string {
  if (sent === "" || draft === sent) return draft === sent ? "" : draft;
  return draft.startsWith(sent + BETWEEN) ? draft.slice(sent.length + BETWEEN.length) : draft;
}

const BETWEEN = "\n\n";

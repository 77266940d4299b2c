// What was typed and not accepted yet, per chat; the chat that does not exist yet is `new`.
import { read, write } from "./storage.ts";

const key = (chatId: string | null) => `sluice:draft:${chatId ?? "new"}`;

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

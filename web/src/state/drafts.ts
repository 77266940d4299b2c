// What was typed and not sent yet, per chat; the chat that does not exist yet is `new`.
import { read, write } from "./storage.ts";

const key = (chatId: string | null) => `sluice:draft:${chatId ?? "new"}`;

export function draftOf(chatId: string | null): string {
  return read(key(chatId)) ?? "";
}

export function keepDraft(chatId: string | null, text: string): void {
  write(key(chatId), text.trim() === "" ? null : text);
}

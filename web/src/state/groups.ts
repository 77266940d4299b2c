// Chats by when they were last used.
import type { Chat } from "../wire/shapes.ts";

export interface Group {
  label: string;
  chats: Chat[];
}

const DAY_MS = 86_400_000;

export function groupByDate(chats: Chat[], now: Date): Group[] {
  const sorted = [...chats].sort((a, b) => b.updatedAt.localeCompare(a.updatedAt));
  const groups: Group[] = [];
  for (const chat of sorted) {
    const label = labelOf(new Date(chat.updatedAt), now);
    const last = groups[groups.length - 1];
    if (last?.label === label) last.chats.push(chat);
    else groups.push({ label, chats: [chat] });
  }
  return groups;
}

function labelOf(date: Date, now: Date): string {
  const days = Math.round((midnight(now) - midnight(date)) / DAY_MS);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days <= 7) return "Previous 7 days";
  if (days <= 30) return "Previous 30 days";
  return date.toLocaleDateString("en", { month: "long", year: "numeric" });
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

// What was spent today, in words.
import type { DailyUsage } from "../wire/shapes.ts";

export function spentWords(usage: DailyUsage | null): string {
  if (usage === null) return "Nothing spent today";
  const tokens = (count: number) => count.toLocaleString("en");
  const cost = usage.costNanoUsd > 0 ? ` · $${(usage.costNanoUsd / 1e9).toFixed(4)}` : "";
  return `Today ${tokens(usage.inputTokens)} in · ${tokens(usage.outputTokens)} out${cost}`;
}

export const today = (now: Date) => now.toISOString().slice(0, 10);

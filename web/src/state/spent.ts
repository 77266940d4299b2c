// What was spent, in words.
import type { Usage } from "../stream/answer.ts";
import type { DailyUsage } from "../wire/shapes.ts";

const tokens = (count: number) => count.toLocaleString("en");

/** What an answer took; empty where nothing was spent. */
export function tokenWords(usage: Usage | null): string {
  if (usage === null || !(usage.inputTokens || usage.outputTokens)) return "";
  const part = (count: number | null, way: string) => (count === null ? [] : [`${tokens(count)} ${way}`]);
  return [...part(usage.inputTokens, "in"), ...part(usage.outputTokens, "out")].join(" · ");
}

/** What was spent today. */
export function spentWords(usage: DailyUsage | null): string {
  if (usage === null) return "Nothing spent today";
  const cost = usage.costNanoUsd > 0 ? ` · $${(usage.costNanoUsd / 1e9).toFixed(4)}` : "";
  return `Today ${tokens(usage.inputTokens)} in · ${tokens(usage.outputTokens)} out${cost}`;
}

export const today = (now: Date) => now.toISOString().slice(0, 10);

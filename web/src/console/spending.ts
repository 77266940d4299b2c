// What was spent, as a file.
import type { ModelUsage } from "../wire/ops.ts";
import { csv } from "./csv.ts";

const COLUMNS = ["day", "provider", "model", "attempts", "attempts_without_price", "input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens", "cost_usd"];

export function spendingCsv(usage: ModelUsage[]): string {
  const row = (one: ModelUsage) => [
    one.day,
    one.provider,
    one.model,
    one.attempts,
    one.unpriced,
    one.inputTokens,
    one.cachedInputTokens,
    one.outputTokens,
    one.reasoningTokens,
    (one.costNanoUsd / 1e9).toFixed(9),
  ];
  return csv([COLUMNS, ...usage.map(row)]);
}

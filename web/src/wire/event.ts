// What a generation's stream carries.
export type StreamEvent =
  | { type: "status"; status: string; attempt?: number; model?: string }
  | { type: "delta"; delta: string }
  | { type: "retry"; attempt: number; discardFromSeq?: number | null; reason: string; retryAt?: string | null }
  | { type: "usage"; inputTokens: number | null; outputTokens: number | null; source?: string }
  | { type: "error"; code: string; message: string }
  | { type: "done"; status: "succeeded" | "failed" | "canceled"; messageId?: string | null };

const known = new Set(["status", "delta", "retry", "usage", "error", "done"]);

/** Null for a type this page does not know: newer servers may send more. */
export function parseEvent(data: string): StreamEvent | null {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return null;
  }
  if (value === null || typeof value !== "object" || !("type" in value)) return null;
  return known.has(String(value.type)) ? (value as StreamEvent) : null;
}

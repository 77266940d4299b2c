// What the stream of a user carries.
import type { GenerationStatus } from "./shapes.ts";

export type News =
  | { type: "generation"; generationId: string; chatId: string; status: GenerationStatus }
  | { type: "chat"; chatId: string; title: string }
  | { type: "deleted"; chatId: string }
  /** Some was not told: look for yourself. */
  | { type: "missed" };

const known = new Set(["generation", "chat", "deleted", "missed"]);

/** Null for a type this page does not know: newer servers may tell more. */
export function parseNews(data: string): News | null {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return null;
  }
  if (value === null || typeof value !== "object" || !("type" in value)) return null;
  return known.has(String(value.type)) ? (value as News) : null;
}

// Whether a model can be asked now, in words.
import type { Model } from "../wire/shapes.ts";
import { moment } from "./moments.ts";

const MINUTE_MS = 60_000;

/** Null when it can, as far as is known. A question to one that cannot waits until it can. */
export function restWords({ available, availableAt }: Pick<Model, "available" | "availableAt">, now: number): string | null {
  if (available) return null;
  if (!availableAt) return "not available now";
  const until = Date.parse(availableAt);
  // The next whole minute: before it has come, the rest is not over.
  return until <= now ? null : `resting until ${moment(new Date(Math.ceil(until / MINUTE_MS) * MINUTE_MS), new Date(now))}`;
}

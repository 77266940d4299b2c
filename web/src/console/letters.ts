// What can be done with dead letters, and with which.
import type { Choice } from "../wire/ops.ts";
import { command } from "./words.ts";

export type Deed = "replay" | "drop";

/** What was counted before it is done. */
export interface Plan {
  deed: Deed;
  choice: Choice;
  matching: number;
  ended: number;
}

/** Those whose reason holds `why`, or all. */
export const choiceOf = (why: string): Choice => (why.trim() === "" ? { all: true } : { why: why.trim() });

/** The command line that does the same. */
export function commandOf(deed: Deed, choice: Choice): string {
  return command("dead", deed, ...("all" in choice ? ["--all"] : "why" in choice ? ["--why", choice.why] : choice.messageIds));
}

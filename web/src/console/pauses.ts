// Pools that take no more jobs: who wished it, since when and why.
import { moment } from "../state/moments.ts";
import type { Pool } from "../wire/ops.ts";
import { command, quoted } from "./words.ts";

/** As many characters as the server takes. */
export const LONGEST_REASON = 200;

/** A sentence: its words, the reason at the end of them if one was given, and the full stop if that has none. */
export interface Pause {
  provider: string;
  words: string;
  reason: string | null;
  end: string;
}

export function pauses(pools: Pool[], now: number): Pause[] {
  const paused = pools.filter((pool) => pool.paused);
  return paused.map((pool) => {
    const reason = (pool.pausedAt && pool.pauseReason) || null;
    return { provider: pool.provider, words: `Paused: ${pool.provider}${wordsOf(pool, now)}${reason ? ": " : ""}`, reason, end: reason && /[.!?…]$/.test(reason) ? "" : "." };
  });
}

/** What was typed as a reason; absent when nothing was. */
export function reasonFrom(typed: string | undefined): string | undefined {
  return typed?.trim() || undefined;
}

/** The command line that pauses a pool, or lets it go on. */
export function pauseCommand(provider: string, paused: boolean, reason: string | undefined): string {
  const line = command("pools", paused ? "pause" : "resume", provider);
  if (!paused || reason === undefined) return line;
  // What begins with a dash would be taken for an option.
  return `${line} --reason${reason.startsWith("-") ? "=" : " "}${quoted(reason)}`;
}

function wordsOf({ pausedBy, pausedAt }: Pool, now: number): string {
  // Of one that was paused before such things were kept, nothing is known.
  if (!pausedAt) return "";
  const who = pausedBy ?? "whoever runs the machine";
  return `, by ${who}, since ${moment(new Date(pausedAt), new Date(now))}`;
}

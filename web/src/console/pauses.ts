// Pools that take no more jobs: who wished it, since when and why.
import { moment } from "../state/moments.ts";
import type { Pool } from "../wire/ops.ts";
import { command, quoted } from "./words.ts";

/** As many characters as the server takes. */
export const LONGEST_REASON = 200;

/** One line each, whole sentences. */
export function pauses(pools: Pool[], now: number): { provider: string; text: string }[] {
  const paused = pools.filter((pool) => pool.paused);
  return paused.map((pool) => ({ provider: pool.provider, text: ended(`Paused: ${pool.provider}${wordsOf(pool, now)}`) }));
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

function wordsOf({ pausedBy, pausedAt, pauseReason }: Pool, now: number): string {
  // Of one that was paused before such things were kept, nothing is known.
  if (!pausedAt) return "";
  const who = pausedBy ?? "whoever runs the machine";
  return `, by ${who}, since ${moment(new Date(pausedAt), new Date(now))}${pauseReason ? `: ${pauseReason}` : ""}`;
}

const ended = (text: string) => (/[.!?…]$/.test(text) ? text : `${text}.`);

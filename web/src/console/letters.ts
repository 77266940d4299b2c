// What can be done with dead letters, and with which.
import type { Choice, DeadLetter, Deed } from "../wire/ops.ts";
import { command } from "./words.ts";

/** What was counted before it is done: those that were here `until` then. */
export interface Plan {
  deed: Deed;
  choice: Choice;
  until: string;
  matching: number;
  ended: number;
}

/** Letters that are here for the same reason. */
export interface Group {
  why: string;
  letters: DeadLetter[];
  /** Since when the oldest is here. */
  since: string;
  choice: Choice;
}

/** A letter, and how many copies of its message are here. */
export interface Entry {
  letter: DeadLetter;
  copies: number;
}

/** One for each message, the oldest copy: a message that was delivered more than once may have died more than once. */
export function entriesOf(letters: DeadLetter[]): Entry[] {
  const entries = new Map<string, Entry>();
  for (const letter of letters) {
    const { letter: first, copies } = entries.get(letter.messageId) ?? { letter, copies: 0 };
    entries.set(letter.messageId, { letter: first, copies: copies + 1 });
  }
  return [...entries.values()];
}

/** A reason in words, also where none was told. */
export const reason = (why: string) => (why.trim() === "" ? "no reason is told" : why);

/** As many as can be named at once. */
const MOST = 1000;

/** The largest groups first. */
export function groupsOf(letters: DeadLetter[]): Group[] {
  const groups = new Map<string, DeadLetter[]>();
  for (const letter of letters) groups.set(letter.why, [...(groups.get(letter.why) ?? []), letter]);
  return [...groups].map(([why, letters]) => groupOf(why, letters)).sort((one, other) => other.letters.length - one.letters.length);
}

function groupOf(why: string, letters: DeadLetter[]): Group {
  const since = letters.map((letter) => letter.since).sort()[0] ?? "";
  // Every reason holds a blank one.
  const choice = why.trim() === "" ? { messageIds: [...new Set(letters.map((letter) => letter.messageId))].slice(0, MOST) } : { why };
  return { why, letters, since, choice };
}

/** Those whose reason holds `why`, or all. */
export const choiceOf = (why: string): Choice => (why.trim() === "" ? { all: true } : { why: why.trim() });

/** The command line that does the same. */
export function commandOf(deed: Deed, choice: Choice): string {
  return command("dead", deed, ...("all" in choice ? ["--all"] : "why" in choice ? ["--why", choice.why] : choice.messageIds));
}

// Times and states as operators read them.
const rtf = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "short" });

export function ago(at: string, now: number): string {
  const seconds = Math.round((Date.parse(at) - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 90) return rtf.format(seconds, "second");
  if (size < 5400) return rtf.format(Math.round(seconds / 60), "minute");
  if (size < 129_600) return rtf.format(Math.round(seconds / 3600), "hour");
  return rtf.format(Math.round(seconds / 86_400), "day");
}

/** How long ago it was, in its largest unit. */
export function age(at: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** What waits on a rung of the ladder. */
export const rung = (retries: number, jobs: number, next: string, now: number) => `${jobs} ${retries === 0 ? "for a key" : `after retry ${retries}`}, next ${ago(next, now)}`;

/** Billionths of a US dollar; a `+` says that some of it has no price. */
export const dollars = (nano: number, unpriced: number) => `$${(nano / 1e9).toFixed(4)}${unpriced > 0 ? "+" : ""}`;

/** An argument of a command line, quoted where a shell would take it apart, or for a command: zsh looks for that behind a first `=`. */
export const quoted = (text: string) => (/^(?!=)[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

export const command = (...words: string[]) => `sluice ${words.map(quoted).join(" ")}`;

// Moments as people read them, in the time of this browser.
const two = (n: number) => String(n).padStart(2, "0");

/** 14:05, and the day before it if that is not today's. */
export function moment(at: Date, now: Date): string {
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (at.toDateString() === now.toDateString()) return time;
  const year = at.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return `${at.toLocaleDateString("en", { day: "numeric", month: "short", year })}, ${time}`;
}

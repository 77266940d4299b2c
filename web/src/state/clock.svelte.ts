// The time, for countdowns: it ticks only while somebody watches one.
const TICK_MS = 250;

export class Clock {
  now = $state(Date.now());

  /** For an effect: ticks while `watched`; returns the way to stop. */
  while(watched: boolean): (() => void) | undefined {
    if (!watched) return undefined;
    this.now = Date.now();
    const timer = setInterval(() => (this.now = Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }
}

// Whether a log is to be silent: while much is drawn at once, and until screen readers have seen it.
const SEEN_AFTER_MS = 500;

export class Quiet {
  on = $state(true);

  /** For an effect: silent while `much`, and for a moment after it. */
  while(much: boolean): (() => void) | undefined {
    if (much) {
      this.on = true;
      return undefined;
    }
    const timer = setTimeout(() => (this.on = false), SEEN_AFTER_MS);
    return () => clearTimeout(timer);
  }
}

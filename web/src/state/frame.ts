// Runs `work` at most once per animation frame. A hidden tab has no frames, so a slow timer stands in.
const HIDDEN_MS = 250;

export class Frame {
  private pending = false;
  private readonly work: () => void;

  constructor(work: () => void) {
    this.work = work;
  }

  request(): void {
    if (this.pending) return;
    this.pending = true;
    let ran = false;
    const run = () => {
      if (ran) return;
      ran = true;
      clearTimeout(timer);
      this.pending = false;
      this.work();
    };
    const timer = setTimeout(run, HIDDEN_MS);
    requestAnimationFrame(run);
  }
}

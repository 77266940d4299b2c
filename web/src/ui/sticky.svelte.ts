// Keeps the end of the transcript in sight while it grows, until somebody scrolls away to read.
const NEAR_PX = 48;

export class Sticky {
  stuck = $state(true);
  private scroller: HTMLElement | null = null;
  private lastTop = 0;

  /** For an effect: follows the growth of `content` inside `scroller`. */
  watch(scroller: HTMLElement, content: HTMLElement): () => void {
    this.scroller = scroller;
    const observer = new ResizeObserver(() => this.stuck && this.jump());
    observer.observe(content);
    observer.observe(scroller);
    return () => observer.disconnect();
  }

  scrolled(): void {
    const s = this.scroller;
    if (s === null) return;
    const near = s.scrollHeight - s.scrollTop - s.clientHeight < NEAR_PX;
    // Growth alone never lets go: only a scroll upwards does.
    if (near) this.stuck = true;
    else if (s.scrollTop < this.lastTop) this.stuck = false;
    this.lastTop = s.scrollTop;
  }

  toEnd(): void {
    this.stuck = true;
    this.jump();
  }

  private jump(): void {
    const s = this.scroller;
    if (s === null) return;
    s.scrollTop = s.scrollHeight;
    this.lastTop = s.scrollTop;
  }
}

// Keeps the end of the transcript in sight while it grows, until somebody scrolls away to read.
const NEAR_PX = 48;

export class Sticky {
  stuck = $state(true);
  private scroller: HTMLElement | null = null;
  private lastTop = 0;
  /** The lowest it could be scrolled to by then. */
  private lastEnd = 0;

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
    const end = s.scrollHeight - s.clientHeight;
    const moved = s.scrollTop - this.lastTop;
    // However little: a finger that pulls at the end pulls a few pixels at a time. What became shorter was not pulled.
    if (moved < 0 && end >= this.lastEnd) this.stuck = false;
    else if (moved !== 0 && end - s.scrollTop < NEAR_PX) this.stuck = true;
    this.note(s);
  }

  toEnd(): void {
    this.stuck = true;
    this.jump();
  }

  private jump(): void {
    const s = this.scroller;
    if (s === null) return;
    s.scrollTop = s.scrollHeight;
    this.note(s);
  }

  private note(s: HTMLElement): void {
    this.lastTop = s.scrollTop;
    this.lastEnd = s.scrollHeight - s.clientHeight;
  }
}

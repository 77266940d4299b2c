import { beforeEach, expect, test, vi } from "vitest";
import { Sticky } from "./sticky.svelte.ts";

let resized = () => {};
beforeEach(() => {
  vi.stubGlobal(
    "ResizeObserver",
    class {
      constructor(told: () => void) {
        resized = told;
      }
      observe() {}
      disconnect() {}
    },
  );
});

/** A transcript of 1000 px in a window of 400, at its end. */
function transcript() {
  const box = { scrollHeight: 1000, clientHeight: 400, top: 0 };
  const end = () => box.scrollHeight - box.clientHeight;
  const scroller = {
    get scrollHeight() {
      return box.scrollHeight;
    },
    get clientHeight() {
      return box.clientHeight;
    },
    get scrollTop() {
      return Math.min(box.top, end());
    },
    set scrollTop(top: number) {
      box.top = Math.max(0, Math.min(top, end()));
    },
  };
  const sticky = new Sticky();
  sticky.watch(scroller as HTMLElement, scroller as HTMLElement);
  resized();
  const scroll = (by: number) => {
    scroller.scrollTop += by;
    sticky.scrolled();
  };
  const become = (size: { scrollHeight?: number; clientHeight?: number }) => Object.assign(box, size);
  return { sticky, scroll, become, gap: () => end() - scroller.scrollTop };
}

test("it follows what grows", () => {
  const t = transcript();
  t.become({ scrollHeight: 1200 });
  resized();
  expect([t.sticky.stuck, t.gap()]).toEqual([true, 0]);
});

test("a scroll of a few pixels lets go, also while it grows", () => {
  const t = transcript();
  t.become({ scrollHeight: 1020 });
  t.scroll(-8);
  t.become({ scrollHeight: 1040 });
  resized();
  expect([t.sticky.stuck, t.gap()]).toEqual([false, 48]);
});

test("going back to the end takes hold again", () => {
  const t = transcript();
  t.scroll(-300);
  t.scroll(100);
  expect(t.sticky.stuck).toBe(false);
  t.scroll(180);
  expect(t.sticky.stuck).toBe(true);
});

test.each([
  ["what is shown becomes shorter", { scrollHeight: 900 }],
  ["the window becomes taller", { clientHeight: 500 }],
])("nobody has scrolled when %s", (_, size) => {
  const t = transcript();
  t.become(size);
  t.scroll(0);
  expect(t.sticky.stuck).toBe(true);
});

import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { App } from "../state/app.svelte.ts";
import type { Conversation } from "../state/conversation.svelte.ts";
import { bubble, type Row } from "../state/rows.ts";

vi.stubGlobal("matchMedia", () => ({ matches: true, addEventListener() {}, removeEventListener() {} }));
vi.stubGlobal("CSS", { escape: (text: string) => text });
vi.stubGlobal(
  "ResizeObserver",
  class {
    observe() {}
    disconnect() {}
  },
);
const { default: Transcript } = await import("./Transcript.svelte");

let page: ReturnType<typeof mount> | undefined;
beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  if (page) void unmount(page);
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A transcript in a window of 400 px; what is in it is `height` high. */
function show(height: number) {
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(400);
  vi.spyOn(Element.prototype, "scrollHeight", "get").mockImplementation(() => height);
  const question = bubble("user", "Hi", "a", null);
  const other = bubble("user", "Hi there", "z", null);
  const conversation = $state({
    line: [question, bubble("user", "Ho", "b", "a")] as Row[],
    rows: [], live: null, editing: null, busy: false, sends: 0,
    loading: false, loadingOlder: false, hasOlder: true, loadFailure: null as unknown,
    loadOlder: vi.fn(async () => {}),
    versions: (row: Row) => (row.key === "a" ? [row, other] : row.key === "z" ? [question, row] : [row]),
    canEdit: () => false,
    show: vi.fn((to: Row) => {
      conversation.line = [to];
    }),
  });
  page = mount(Transcript, { target: document.body, props: { app: {} as App, conversation: conversation as unknown as Conversation } });
  flushSync();
  const log = document.querySelector<HTMLElement>("[role=log]")!;
  const live = () => log.getAttribute("aria-live");
  return { conversation, live, log };
}

test.each(["busy", "loading", "loadingOlder"] as const)("it is silent while it is %s, and until that was seen", (state) => {
  const { conversation, live } = show(1000);
  vi.advanceTimersByTime(500);
  flushSync();
  expect(live()).toBe("polite");
  conversation[state] = true;
  flushSync();
  expect(live()).toBe("off");
  conversation[state] = false;
  flushSync();
  vi.advanceTimersByTime(499);
  flushSync();
  expect(live()).toBe("off");
  vi.advanceTimersByTime(1);
  flushSync();
  expect(live()).toBe("polite");
});

test("a window that is not full is filled, until nothing more can be read", () => {
  const { conversation } = show(300);
  expect(conversation.loadOlder).toHaveBeenCalledTimes(1);
  conversation.line = [bubble("user", "Older", "c", null), ...conversation.line];
  flushSync();
  expect(conversation.loadOlder).toHaveBeenCalledTimes(2);
  conversation.loadFailure = new Error("away");
  conversation.line = [bubble("user", "Oldest", "d", null), ...conversation.line];
  flushSync();
  expect(conversation.loadOlder).toHaveBeenCalledTimes(2);
});

test("a full window waits to be scrolled, or for the button", () => {
  const { conversation } = show(1000);
  expect(conversation.loadOlder).not.toHaveBeenCalled();
  [...document.querySelectorAll("button")].find((button) => button.textContent?.trim() === "Show older messages")?.click();
  expect(conversation.loadOlder).toHaveBeenCalledTimes(1);
});

test("another version has the focus where the former one had it", async () => {
  const { conversation } = show(1000);
  document.querySelector<HTMLElement>("[aria-label='Next version']")?.click();
  await vi.advanceTimersByTimeAsync(0);
  expect(conversation.show).toHaveBeenCalledOnce();
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Next version");
  expect(document.activeElement?.closest("[data-versions]")?.getAttribute("data-versions")).toBe("z");
});

import { beforeEach, expect, test, vi } from "vitest";
import source from "./early.js?raw";

/** A page at its beginning; what is in it by then is `body`. */
function load(body = '<div id="app"></div>') {
  document.head.innerHTML = '<link rel="icon"><link rel="stylesheet"><script type="module"></script>';
  document.body.innerHTML = body;
  const heard: EventListener[] = [];
  const location = { reload: vi.fn() };
  const listen = (_: string, listener: EventListener) => void heard.push(listener);
  new Function("matchMedia", "location", "addEventListener", source)(() => ({ matches: false }), location, listen);
  const fail = (selector: string) => {
    window.addEventListener("error", heard[0]!, { capture: true, once: true });
    document.querySelector(selector)!.dispatchEvent(new Event("error"));
  };
  const words = () => document.querySelector("[role=alert]")?.textContent ?? null;
  return { fail, words, location };
}

beforeEach(() => {
  vi.useFakeTimers();
  sessionStorage.clear();
  return () => void vi.useRealTimers();
});

test.each(["script", "link[rel=stylesheet]"])("a page whose %s is not there says so, and is loaded once more", async (part) => {
  const first = load();
  first.fail(part);
  expect([first.words(), document.querySelector("button")]).toEqual(["A part of Sluice could not be loaded: the server may just be replaced. Trying again…", null]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(first.location.reload).toHaveBeenCalledOnce();

  const second = load();
  second.fail(part);
  await vi.advanceTimersByTimeAsync(50_000);
  expect([second.words(), second.location.reload.mock.calls.length]).toEqual(["A part of Sluice could not be loaded: the server may just be replaced. Reload", 0]);
  document.querySelector("button")!.click();
  expect(second.location.reload).toHaveBeenCalledOnce();
});

test.each([
  ["an icon is not needed", "link[rel=icon]", undefined],
  ["a page that is there speaks for itself", "link[rel=stylesheet]", '<div id="app"><main></main></div>'],
])("%s", async (_, part, body) => {
  const page = load(body);
  page.fail(part);
  await vi.advanceTimersByTimeAsync(2_000);
  expect([page.words(), page.location.reload.mock.calls.length]).toEqual([null, 0]);
});

test("where nothing can be kept, nothing is loaded again and again", async () => {
  vi.spyOn(Storage.prototype, "getItem").mockImplementation(() => {
    throw new Error("off");
  });
  const page = load();
  vi.restoreAllMocks();
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new Error("off");
  });
  page.fail("script");
  await vi.advanceTimersByTimeAsync(2_000);
  vi.restoreAllMocks();
  expect([page.words(), page.location.reload.mock.calls.length]).toEqual([expect.stringMatching(/Reload$/), 0]);
});

import { flushSync, mount, unmount } from "svelte";
import { afterEach, expect, test, vi } from "vitest";
import MessageEditor from "./MessageEditor.svelte";

let page: ReturnType<typeof mount> | undefined;
afterEach(() => {
  if (page) void unmount(page);
  document.body.innerHTML = "";
});

function show(focus: boolean) {
  const elsewhere = document.body.appendChild(document.createElement("input"));
  elsewhere.focus();
  const oninput = vi.fn();
  page = mount(MessageEditor, { target: document.body, props: { start: "One?", focus, busy: false, oninput, onsend: vi.fn(), oncancel: vi.fn() } });
  flushSync();
  return { area: document.querySelector("textarea")!, elsewhere, oninput };
}

test("it takes the focus only of somebody who asked for it", () => {
  const asked = show(true);
  expect(document.activeElement).toBe(asked.area);
  void unmount(page!);
  const left = show(false);
  expect(document.activeElement).toBe(left.elsewhere);
});

test("what is typed is told at once: the editor may be gone the next moment", () => {
  const { area, oninput } = show(true);
  area.value = "Won?";
  area.dispatchEvent(new Event("input", { bubbles: true }));
  expect(oninput).toHaveBeenCalledWith("Won?");
});

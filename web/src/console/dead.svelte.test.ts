import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Unfinished, type Ops } from "../client/ops.ts";
import type { App } from "../state/app.svelte.ts";
import type { Choice, DeadLetter, Deed } from "../wire/ops.ts";
import Dead from "./Dead.svelte";
import { Watch } from "./watch.svelte.ts";

// As browsers do it, and jsdom does not: the focus goes back when a dialog is closed, and only then.
let before: HTMLElement | null = null;
const dialogs = Object.getPrototypeOf(document.createElement("dialog"));
Object.assign(dialogs, {
  showModal(this: HTMLElement) {
    before = document.activeElement as HTMLElement;
    this.querySelector("button")?.focus();
  },
  close(this: HTMLElement) {
    before?.focus();
    this.dispatchEvent(new Event("close"));
  },
});

const letter = (messageId: string, why: string): DeadLetter => ({ messageId, why, queue: "q", kind: "job", correlationId: "g", bytes: 1, since: "2026-01-01T00:00:00Z" });
const settled = async () => {
  await new Promise((done) => setTimeout(done));
  flushSync();
};

let page: ReturnType<typeof mount> | undefined;
beforeEach(() => (document.body.innerHTML = ""));
afterEach(() => page && unmount(page));

async function show(...letters: DeadLetter[]) {
  const world = { letters, fails: false };
  const counted = { matching: 1, done: 1, ended: 0, until: "2026-01-02T00:00:00Z" };
  const carryOut = vi.fn(async (_deed: Deed, _choice: Choice, _until: string) => {
    if (world.fails) throw new Error("The broker is away.");
    world.letters = [];
    return counted;
  });
  const none = async () => [];
  const deadLetters = async () => ({ items: world.letters, nextCursor: null });
  const ops = { keys: none, pools: none, workers: none, queues: none, deadLetters, everyDeadLetter: async () => world.letters, count: async () => counted, carryOut };
  const watch = new Watch(ops as unknown as Ops);
  await watch.refresh();
  const app = { user: { role: "operator" }, say: vi.fn() };
  page = mount(Dead, { target: document.body, props: { app: app as unknown as App, watch, now: 0 } });
  flushSync();
  const button = (label: string) => document.querySelector<HTMLElement>(`[aria-label="${label}"]`)!;
  const press = async (label: string) => {
    const pressed = button(label) ?? [...document.querySelectorAll("button")].find((one) => one.textContent === label);
    pressed.focus();
    pressed.click();
    await settled();
  };
  const filter = (text: string) => {
    const field = document.querySelector("input")!;
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    flushSync();
  };
  return { world, app, carryOut, button, press, filter, words: () => document.body.textContent ?? "" };
}

test("who changes their mind has the focus where it was", async () => {
  const { button, press } = await show(letter("a", "poison"));
  await press("Drop a");
  expect(document.activeElement?.textContent).toBe("Cancel");
  await press("Cancel");
  expect([document.activeElement, document.querySelector("dialog")]).toEqual([button("Drop a"), null]);
});

test("the focus does not go with the letter that is done with", async () => {
  const { app, press } = await show(letter("a", "poison"));
  await press("Replay a");
  await press("Put back them");
  await settled();
  expect(app.say).toHaveBeenCalledWith("1 put back");
  expect(document.querySelector("dialog")).toBeNull();
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Dead letters");
});

test("a deed that fails says so before the dialog, not behind it", async () => {
  const { world, app, press } = await show(letter("a", "poison"));
  world.fails = true;
  await press("Replay all dead letters");
  await press("Put back them");
  expect(document.querySelector("dialog [role=alert]")?.textContent).toBe("The broker is away.");
  expect(app.say).not.toHaveBeenCalled();
});

test("what is done is done with what was counted, and with nothing that came later", async () => {
  const { carryOut, press } = await show(letter("a", "poison"));
  await press("Drop all dead letters");
  await press("Drop them");
  expect(carryOut.mock.calls).toEqual([["drop", { all: true }, "2026-01-02T00:00:00Z"]]);
});

test("a deed that fails on its way says how far it came, and shows what is left", async () => {
  const { world, carryOut, press, button } = await show(letter("a", "poison"), letter("b", "poison"));
  carryOut.mockImplementation(async () => {
    world.letters = [letter("b", "poison")];
    throw new Unfinished(1, new Error("The broker is away."));
  });
  await press("Drop all dead letters");
  await press("Drop them");
  await settled();
  expect(document.querySelector("dialog [role=alert]")?.textContent).toBe("1 dropped, then: The broker is away.");
  expect([button("Drop a"), button("Drop b") !== null]).toEqual([null, true]);
});

test("a reason that none has does not hide that there are some", async () => {
  const { filter, button, words } = await show(letter("a", "poison"), letter("b", "too large"));
  filter("nonsense");
  expect(words()).toContain("None of the 2 that are here has a reason that holds this.");
  expect(words()).not.toContain("everything could be done");
  // It keeps the focus that it may have.
  expect([button("Drop all dead letters").getAttribute("aria-disabled"), button("Drop all dead letters").hasAttribute("disabled")]).toEqual(["true", false]);
});

test("nothing is said to be there when nothing is", async () => {
  expect((await show()).words()).toContain("Nothing here: everything could be done.");
});

test("what is here for one reason is shown alone, and goes into the file", async () => {
  const { press, button } = await show(letter("a", "poison"), letter("b", "too large"), letter("c", "too large"));
  await press("Show the 2 with the reason too large");
  expect([button("Inspect a"), button("Inspect b") !== null]).toEqual([null, true]);
  const make = vi.fn((_: Blob) => "blob:x");
  Object.assign(URL, { createObjectURL: make, revokeObjectURL: () => undefined });
  const click = vi.spyOn(HTMLAnchorElement.prototype, "click").mockReturnValue();
  await press("Export");
  expect(click).toHaveBeenCalledOnce();
  const file = make.mock.calls[0]?.[0];
  const text = await new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.readAsText(file!);
  });
  expect((JSON.parse(String(text)) as DeadLetter[]).map(({ messageId }) => messageId)).toEqual(["b", "c"]);
});

test("all of one reason is done with at once", async () => {
  const { press, words } = await show(letter("a", "poison"), letter("b", "too large"));
  await press("Drop these with the reason poison");
  expect(words()).toContain("sluice dead drop --why poison");
});

test("a message that is here more than once has one row, which says so", async () => {
  const { button, words } = await show(letter("a", "poison"), letter("a", "poison"), letter("b", "poison"));
  expect([document.querySelectorAll("tbody tr").length, button("Drop a") !== null, words()]).toEqual([2, true, expect.stringContaining("2 copies of this message are here")]);
});

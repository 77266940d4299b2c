import { flushSync, mount, tick, unmount } from "svelte";
import { afterEach, expect, test, vi } from "vitest";
import type { App } from "../state/app.svelte.ts";

vi.stubGlobal("matchMedia", () => ({ matches: true, addEventListener() {}, removeEventListener() {} }));
vi.stubGlobal("CSS", { supports: () => true });

// A server that was replaced does not have them any more.
const missing = () => {
  throw new TypeError("Failed to fetch dynamically imported module");
};
vi.mock("./SignIn.svelte", () => missing());
vi.mock("../console/Console.svelte", () => missing());
vi.mock("./HelpDialog.svelte", () => missing());
vi.mock("./DeleteDialog.svelte", () => missing());
const sidebar = vi.hoisted(() => ({ props: {} as { onhelp: () => void; ondelete: (chat: object) => void } }));
vi.mock("./Sidebar.svelte", () => ({ default: (_: unknown, props: typeof sidebar.props) => void (sidebar.props = props) }));
vi.mock("./ChatPane.svelte", () => ({ default: () => undefined }));

const { default: Root } = await import("./Root.svelte");
const { default: Home } = await import("./Home.svelte");

Object.assign(Object.getPrototypeOf(document.createElement("dialog")), {
  showModal() {},
  close(this: HTMLElement) {
    this.dispatchEvent(new Event("close"));
  },
});

let page: ReturnType<typeof mount> | undefined;
afterEach(async () => {
  if (page) await unmount(page);
  history.replaceState(null, "", "/");
});

const buttons = () => [...document.querySelectorAll("button")].map((one) => one.textContent);
const settled = () => vi.waitFor(() => expect(document.querySelector("main [role=alert], dialog")).not.toBeNull());

test.each([
  ["the sign-in page", "/", { stage: "out" }],
  ["the console", "/console", { stage: "in", user: { id: "ann", role: "operator" } }],
])("%s that could not be loaded leaves a way on", async (_, path, state) => {
  history.replaceState(null, "", path);
  page = mount(Root, { target: document.body, props: { app: { link: null, toast: null, ...state } as unknown as App } });
  await settled();
  expect(document.querySelector("main [role=alert]")?.textContent).toContain("could not be loaded");
  expect(buttons()).toEqual(["Reload"]);
});

test.each([
  ["the list of keys", () => sidebar.props.onhelp()],
  ["the question before a deletion", () => sidebar.props.ondelete({ id: "c", title: "t" })],
])("%s that could not be loaded can be closed, and asked for again", async (_, ask) => {
  const conversation = { title: null, chatId: null, view: null, line: [], live: null };
  page = mount(Home, { target: document.body, props: { app: { conversation, newChat: vi.fn(), spoken: null } as unknown as App } });
  for (const _ of [1, 2]) {
    ask();
    flushSync();
    await settled();
    expect(buttons()).toEqual(["Close", "Reload"]);
    [...document.querySelectorAll("button")].find((one) => one.textContent === "Close")!.click();
    flushSync();
    await tick();
    expect(document.querySelector("dialog")).toBeNull();
  }
});

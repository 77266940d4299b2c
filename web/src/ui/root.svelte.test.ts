import { flushSync, mount, unmount } from "svelte";
import { afterEach, expect, test, vi } from "vitest";
import type { App } from "../state/app.svelte.ts";
import type { Pool } from "../wire/ops.ts";

// The page asks both before it shows anything, and jsdom has neither.
vi.stubGlobal("matchMedia", () => ({ matches: true, addEventListener() {}, removeEventListener() {} }));
vi.stubGlobal("CSS", { supports: () => true });
const { default: Root } = await import("./Root.svelte");

let page: ReturnType<typeof mount> | undefined;
afterEach(async () => {
  if (page) await unmount(page);
  history.replaceState(null, "", "/");
});

const pool: Pool = { provider: "openai", paused: false, concurrency: null, requestsPerMinute: null, workers: 0, slots: 0, busy: 0 };

test("the console of an account shows nothing of the one before, and stays when an account is told of again", async () => {
  history.replaceState(null, "", "/console#/pools");
  const json = vi.fn(async (path: string) => ({ items: path.endsWith("/pools") ? [pool] : [], nextCursor: null }));
  const app = $state({ link: null, toast: null, stage: "in", user: { id: "ann", role: "operator" }, http: { json } });
  page = mount(Root, { target: document.body, props: { app: app as unknown as App } });
  const reason = () => document.querySelector<HTMLInputElement>("input[aria-label='Reason to pause openai']");
  await vi.waitFor(() => expect(reason()).not.toBeNull(), { timeout: 15_000 });
  const field = reason()!;
  field.value = "a secret";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  app.user = { id: "ann", role: "operator" };
  flushSync();
  expect([reason() === field, field.value]).toEqual([true, "a secret"]);
  // What is asked for Bob is not answered yet.
  json.mockImplementation(() => new Promise(() => undefined));
  app.user = { id: "bob", role: "operator" };
  flushSync();
  expect([field.isConnected, reason(), document.body.textContent?.includes("openai")]).toEqual([false, null, false]);
});

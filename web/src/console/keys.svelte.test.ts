import { flushSync, mount, unmount } from "svelte";
import { afterEach, expect, test } from "vitest";
import type { App } from "../state/app.svelte.ts";
import type { AuditEntry, Budget, Key } from "../wire/ops.ts";
import Audit from "./Audit.svelte";
import Keys from "./Keys.svelte";
import type { Watch } from "./watch.svelte.ts";

let page: ReturnType<typeof mount> | undefined;
afterEach(() => page && unmount(page));

const lines = (within: string) => [...document.querySelectorAll(within)].map((one) => one.textContent?.trim().replace(/\s+/g, " "));

test("a key whose own budget and that of its group measure the same shows both", () => {
  const budget = (name: string, limit: number): Budget => ({ name, measure: "requests", period: "minute", limit, used: 1 });
  const key: Key = { provider: "openai", key: "a", state: "active", weight: 1, usedInWindow: 1, requestsPerMinute: 9, underWay: 0, budgets: [budget("a", 60), budget("team", 100)], models: [] };
  const watch = { keys: [key], missing: "" } as unknown as Watch;
  page = mount(Keys, { target: document.body, props: { app: { user: { role: "viewer" } } as App, watch, now: 0 } });
  flushSync();
  expect(lines("td:nth-child(4) > span")).toEqual(["1 / 9 requests a minute", "1 / 60 requests a minute", "1 / 100 requests a minute"]);
});

test("what was done twice, word for word and at once, stands twice in the audit book", async () => {
  const entry: AuditEntry = { at: "2026-01-01T00:00:00Z", actor: null, action: "key.disabled", subject: "openai/a" };
  const watch = { ops: { audit: async () => ({ items: [entry, entry], nextCursor: null }) } } as unknown as Watch;
  page = mount(Audit, { target: document.body, props: { watch } });
  await new Promise((done) => setTimeout(done));
  flushSync();
  expect(lines("tbody th")).toEqual(["key.disabled", "key.disabled"]);
});

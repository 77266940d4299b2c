import { flushSync, mount, unmount } from "svelte";
import { afterEach, expect, test } from "vitest";
import type { App } from "../state/app.svelte.ts";
import Announcements from "./Announcements.svelte";

let page: ReturnType<typeof mount> | undefined;
afterEach(() => page && unmount(page));

test("the same words are another text each time, or nobody would hear them again", () => {
  const app = $state({ conversation: { live: null }, spoken: null as { text: string } | null });
  page = mount(Announcements, { target: document.body, props: { app: app as unknown as App } });
  const heard: (string | null)[] = [];
  for (let i = 0; i < 3; i++) {
    app.spoken = { text: "The answer in Rivers is complete" };
    flushSync();
    heard.push(document.querySelector("[role=status]")?.textContent ?? null);
  }
  expect(heard.map((text) => text?.trim())).toEqual(Array(3).fill("The answer in Rivers is complete"));
  expect([heard[0] === heard[1], heard[1] === heard[2]]).toEqual([false, false]);
});

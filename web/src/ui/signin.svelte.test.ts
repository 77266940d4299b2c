import { flushSync, mount, unmount } from "svelte";
import { afterEach, expect, test, vi } from "vitest";
import type { App } from "../state/app.svelte.ts";
import type { Options } from "../wire/shapes.ts";
import SignIn from "./SignIn.svelte";

let page: ReturnType<typeof mount> | undefined;
afterEach(async () => {
  if (page) await unmount(page);
  vi.unstubAllGlobals();
});

/** The form while the server has not said what can be done here; `answer` has it say so. */
function show() {
  let say = (_: Response) => {};
  vi.stubGlobal("fetch", () => new Promise<Response>((resolve) => (say = resolve)));
  page = mount(SignIn, { target: document.body, props: { app: { link: null, notice: null } as unknown as App } });
  flushSync();
  const button = (text: string) => [...document.querySelectorAll("button")].find((one) => one.textContent === text)!;
  const shown = (text: string) => button(text).closest(".invisible") === null;
  const links = () => [shown("Forgot your password?"), shown("Create one")];
  return { answer: (found: Options) => say(new Response(JSON.stringify(found))), button, links };
}

test.each<[Options, boolean[]]>([
  [{ registration: "open", links: true }, [true, true]],
  [{ registration: "mail", links: true }, [true, true]],
  [{ registration: "open", links: false }, [false, true]],
  [{ registration: "closed", links: true }, [true, false]],
])("the form is there at once, and with %j nothing comes or goes but what can be seen of the links: %j", async (found, expected) => {
  const { answer, button, links } = show();
  const nodes = () => [...document.querySelectorAll("main *")];
  const before = nodes();
  button("Sign in").focus();
  expect([document.querySelectorAll("input").length, links()]).toEqual([2, [false, false]]);
  answer(found);
  await vi.waitFor(() => expect(links()).toEqual(expected));
  expect(nodes()).toEqual(before);
  expect(document.activeElement).toBe(button("Sign in"));
});

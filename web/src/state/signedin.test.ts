import { beforeEach, expect, test, vi } from "vitest";
import { App } from "./app.svelte.ts";
import { endingPages, json } from "./harness.ts";

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
  const end = endingPages();
  return () => {
    end();
    vi.restoreAllMocks();
    document.body.innerHTML = "";
  };
});

/** A page that nobody has signed in to, in a browser whose cookie is `world.cookie`. */
async function signedOut() {
  const world = { cookie: null as string | null, role: "user", refreshes: 0 };
  vi.stubGlobal("fetch", async (url: string) => {
    const answer = { user: { id: world.cookie, email: "a@b.c", role: world.role }, accessToken: "t", expiresIn: 900 };
    if (url === "/api/auth/refresh") world.refreshes += 1;
    if (url === "/api/auth/refresh") return world.cookie === null ? json({}, 401) : json(answer);
    if (url === "/console") return new Response(null, { status: 200 });
    if (url === "/api/events") return new Response(new ReadableStream());
    return json({ items: [], nextCursor: null });
  });
  const app = new App();
  await app.start();
  expect([app.stage, world.refreshes]).toEqual(["out", 1]);
  return { app, world };
}

const hide = (hidden: boolean) => {
  vi.spyOn(document, "hidden", "get").mockReturnValue(hidden);
  document.dispatchEvent(new Event("visibilitychange"));
};
const settled = () => new Promise((done) => setTimeout(done, 20));

/** What another tab says. */
async function say(type: "signed-in" | "signed-out") {
  const other = new BroadcastChannel("sluice");
  other.postMessage({ type });
  await settled();
  other.close();
}

test("who signs in in another tab is in here, too", async () => {
  const { app, world } = await signedOut();
  world.cookie = "ann";
  await say("signed-in");
  expect([app.stage, app.user?.id]).toEqual(["in", "ann"]);
  app.session.leave();
});

test("a tab that nobody sees looks when somebody does", async () => {
  const { app, world } = await signedOut();
  hide(true);
  world.cookie = "ann";
  await say("signed-in");
  expect([app.stage, world.refreshes]).toEqual(["out", 1]);
  hide(false);
  await settled();
  expect(app.stage).toBe("in");
  app.session.leave();
});

test("nobody is signed in while they type, or follow a link", async () => {
  const { app, world } = await signedOut();
  document.body.innerHTML = '<form><input value="a@b.c"><input type="password"></form>';
  document.querySelector<HTMLInputElement>("[type=password]")!.focus();
  world.cookie = "ann";
  await say("signed-in");
  hide(false);
  document.body.innerHTML = "";
  app.link = "token";
  hide(false);
  await settled();
  expect([app.stage, world.refreshes]).toEqual(["out", 1]);
});

test("a look in vain changes nothing, and says nothing", async () => {
  const { app, world } = await signedOut();
  hide(false);
  await settled();
  expect([app.stage, app.notice, world.refreshes]).toEqual(["out", null, 2]);
});

test("other tabs are told of a sign-in", async () => {
  const told: unknown[] = [];
  const other = new BroadcastChannel("sluice");
  other.addEventListener("message", ({ data }) => told.push(data));
  const { app, world } = await signedOut();
  world.cookie = "ann";
  hide(false);
  await vi.waitFor(() => expect(told).toEqual([{ type: "signed-in" }]));
  app.session.leave();
  other.close();
});

test("who gets another role is told apart at once, where they were", async () => {
  const { app, world } = await signedOut();
  world.cookie = "ann";
  await say("signed-in");
  const { conversation } = app;
  world.role = "operator";
  await app.session.refresh();
  await settled();
  expect([app.user?.role, app.console.isThere, app.conversation === conversation, app.stage]).toEqual(["operator", true, true, "in"]);
  app.session.leave();
});

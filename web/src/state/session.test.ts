import { beforeEach, expect, test, vi } from "vitest";
import { App } from "./app.svelte.ts";
import { draftOf, keepDraft } from "./drafts.ts";
import { endingPages, json } from "./harness.ts";
import { keepSettings, settingsOf } from "./settings.ts";

/** A server that signs in whoever asks, by the name before the `@`, and whose sign-out answers `leaving`. */
function server(cookie: string | null, leaving: () => Response = () => new Response(null, { status: 204 })) {
  const as = (id: string) => json({ user: { id, email: `${id}@example.org`, role: "user" }, accessToken: "t", expiresIn: 900 });
  vi.stubGlobal("fetch", async (url: string, init: RequestInit = {}) => {
    if (url === "/api/auth/refresh") return cookie === null ? json({}, 401) : as(cookie);
    if (url === "/api/auth/login") return as(String(JSON.parse(String(init.body)).email).replace(/@.*/, ""));
    if (url === "/api/auth/logout") return leaving();
    if (url.startsWith("/api/chats") && init.method === "DELETE") return new Response(null, { status: 204 });
    if (url.startsWith("/api/chats") || url === "/api/models") return json({ items: [], nextCursor: null });
    throw new TypeError(`nobody answers ${url}`);
  });
}

async function started(cookie: string | null, leaving?: () => Response) {
  server(cookie, leaving);
  const app = new App();
  await app.start();
  return app;
}

const write = () => {
  keepDraft(null, "a secret");
  keepSettings("chat", { ...settingsOf(null), systemPrompt: "a secret" });
};
const kept = () => [draftOf(null), settingsOf("chat").systemPrompt];

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
  return endingPages();
});

test("the console is offered to who may look there, where it is", async () => {
  server("ann");
  const { fetch } = globalThis;
  vi.stubGlobal("fetch", async (url: string, init?: RequestInit) => {
    if (url === "/console") return new Response(null, { status: 200 });
    const answer = await fetch(url, init);
    return url === "/api/auth/refresh" ? json({ ...(await answer.json()), user: { id: "ann", email: "", role: "operator" } }) : answer;
  });
  const app = new App();
  await app.start();
  await vi.waitFor(() => expect(app.console.isThere).toBe(true));
  app.session.leave();
  expect(app.console.isThere).toBe(false);
});

test("what somebody typed is there after a reload", async () => {
  await started("ann");
  write();
  expect((await started("ann")).conversation.settings.systemPrompt).toBe("");
  expect(kept()).toEqual(["a secret", "a secret"]);
});

test("what somebody typed is not there for who signs in after the session has ended", async () => {
  await started("ann");
  write();
  const next = await started(null);
  expect(next.stage).toBe("out");
  await next.session.signIn("bob@example.org", "password");
  expect([next.stage, ...kept()]).toEqual(["in", "", ""]);
});

test("a chat that is deleted takes its draft and its settings along", async () => {
  const app = await started("ann");
  write();
  keepDraft("chat", "another");
  await app.deleteChat("chat");
  expect([draftOf("chat"), ...kept()]).toEqual(["", "a secret", ""]);
});

test("nobody is told to be signed out who is not", async () => {
  const app = await started("ann", () => json({ code: "unavailable", detail: "The store is away." }, 503));
  write();
  await app.signOut();
  expect([app.stage, app.notice, app.toast]).toEqual(["in", null, { text: "Could not sign out: The store is away.", alert: true }]);
  expect(kept()).toEqual(["a secret", "a secret"]);
});

test("who signs out leaves nothing behind", async () => {
  const app = await started("ann");
  write();
  await app.signOut();
  expect([app.stage, app.notice, ...kept()]).toEqual(["out", "You are signed out.", "", ""]);
});

test("who comes next hears nothing of whoever was here, and does not begin where they were", async () => {
  location.hash = "#/chats/ann-s";
  const app = await started("ann");
  app.speak("The answer in Secrets is complete");
  app.models.items = [{ id: "for-ann", provider: "openai", default: true, maxTokens: 1, available: true }];
  await app.signOut();
  expect([app.spoken, app.models.items, location.hash]).toEqual([null, [], "#/"]);
});

test("who has to sign in again goes on where they were", async () => {
  location.hash = "#/chats/ann-s";
  const app = await started("ann");
  app.session.leave();
  expect([app.stage, location.hash]).toEqual(["out", "#/chats/ann-s"]);
});

test("who signs out in another tab leaves this one too", async () => {
  location.hash = "#/chats/ann-s";
  const app = await started("ann");
  const other = new BroadcastChannel("sluice");
  other.postMessage({ type: "signed-out" });
  await vi.waitFor(() => expect([app.stage, location.hash]).toEqual(["out", "#/"]));
  other.close();
});

test("who comes next is not told that the models of whoever was here could not be loaded", async () => {
  const app = await started("ann");
  const asked: ((error: Error) => void)[] = [];
  app.api.models = () => new Promise((_, reject) => asked.push(reject));
  app.session.leave();
  await app.session.signIn("bob@example.org", "password");
  app.session.leave();
  await app.session.signIn("eve@example.org", "password");
  asked[0]!(new Error("away"));
  await new Promise((done) => setTimeout(done));
  expect(app.toast).toBeNull();
  asked[1]!(new Error("away"));
  await vi.waitFor(() => expect(app.toast).toEqual({ text: "The list of models could not be loaded.", alert: true }));
});

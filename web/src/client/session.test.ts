import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Problem, Unreachable } from "../wire/problem.ts";
import { Http } from "./http.ts";
import { Session } from "./session.ts";

interface Seen {
  url: string;
  method: string;
  authorization: string | null;
  body: unknown;
}

const user = { id: "u", email: "a@b.c", role: "user" };
const session = (accessToken: string, expiresIn = 900) => json({ user, accessToken, refreshToken: "ignored", expiresIn });
const json = (body: object, status = 200) => new Response(JSON.stringify(body), { status });

/** Answers requests from a list and notes them. */
function server(...replies: (Response | Error)[]) {
  const seen: Seen[] = [];
  const fetch = async (url: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    seen.push({ url, method: init.method ?? "GET", authorization: headers.get("authorization"), body: init.body ? JSON.parse(String(init.body)) : null });
    const reply = replies.shift();
    if (reply === undefined) throw new Error(`unexpected request to ${url}`);
    if (reply instanceof Error) throw reply;
    return reply;
  };
  const it = new Session(fetch);
  return { seen, session: it, http: new Http(fetch, it) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("signing in keeps the access token for requests, and nothing in storage", async () => {
  const s = server(session("t1"), json({ ok: true }));
  await s.session.signIn("a@b.c", "secret");
  await s.http.json("/api/x");
  expect(s.seen[0]).toMatchObject({ url: "/api/auth/login", body: { email: "a@b.c", password: "secret" } });
  expect(s.seen[1]?.authorization).toBe("Bearer t1");
  expect(localStorage.length + sessionStorage.length).toBe(0);
});

test("a refusal carries its fields", async () => {
  const s = server(json({ code: "invalid", errors: [{ pointer: "/email", detail: "Taken." }] }, 422));
  const refusal = await s.session.register("a", "b").catch((e: unknown) => e);
  expect(refusal).toBeInstanceOf(Problem);
  expect((refusal as Problem).field("email")).toBe("Taken.");
  expect((refusal as Problem).field("password")).toBeNull();
});

test("a 401 is met by one refresh and one more try", async () => {
  const s = server(session("old"), json({}, 401), session("new"), json({ value: 1 }));
  await s.session.signIn("a", "b");
  expect(await s.http.json("/api/x")).toEqual({ value: 1 });
  expect(s.seen.map((r) => r.url)).toEqual(["/api/auth/login", "/api/x", "/api/auth/refresh", "/api/x"]);
  expect(s.seen[2]?.body).toEqual({});
  expect(s.seen[3]?.authorization).toBe("Bearer new");
});

test("a second 401 is not tried again", async () => {
  const s = server(json({}, 401), session("new"), json({ code: "nope" }, 401));
  await expect(s.http.json("/api/x")).rejects.toMatchObject({ status: 401, code: "nope" });
});

test("requests that meet a 401 together share one refresh", async () => {
  const s = server(json({}, 401), json({}, 401), session("new"), json({ n: 1 }), json({ n: 2 }));
  await Promise.all([s.http.json("/api/a"), s.http.json("/api/b")]);
  expect(s.seen.filter((r) => r.url === "/api/auth/refresh")).toHaveLength(1);
});

test("what one has asked for is not asked for by another who has signed in meanwhile", async () => {
  const other = json({ user: { ...user, id: "v" }, accessToken: "theirs", expiresIn: 900 });
  const s = server(session("mine"), json({ code: "unauthorized" }, 401), json({}, 401), other);
  await s.session.signIn("a", "b");
  const asked = [s.http.json("/api/chats/c/generations", { method: "POST", body: {} }), s.http.json("/api/chats/d/generations", { method: "POST", body: {} })];
  expect(await Promise.allSettled(asked)).toMatchObject([{ reason: { status: 401, code: "unauthorized" } }, { reason: { status: 401 } }]);
  expect(s.session.user?.id).toBe("v");
  expect(s.seen.map((r) => [r.url, r.authorization]).slice(1)).toEqual([
    ["/api/chats/c/generations", "Bearer mine"],
    ["/api/chats/d/generations", "Bearer mine"],
    ["/api/auth/refresh", "Bearer mine"],
  ]);
});

test("a refused refresh signs out", async () => {
  const s = server(session("t"), json({}, 401), json({}, 401));
  await s.session.signIn("a", "b");
  const changes: unknown[] = [];
  s.session.onChange = (u) => changes.push(u);
  await expect(s.http.json("/api/x")).rejects.toMatchObject({ status: 401 });
  expect(changes).toEqual([null]);
  expect(s.session.authorization()).toEqual({});
});

test.each([
  ["no network", () => new TypeError("failed to fetch"), Unreachable],
  ["a server error", () => json({}, 503), Problem],
])("%s during the refresh does not sign out", async (_, reply, kind) => {
  const s = server(session("t"), reply());
  await s.session.signIn("a", "b");
  await expect(s.session.refresh()).rejects.toBeInstanceOf(kind);
  expect(s.session.user).toEqual(user);
});

test.each([
  [900, 840_000],
  [60, 30_000],
])("a token of %i s is renewed after %i ms", async (life, after) => {
  const s = server(session("t1", life), session("t2", life));
  await s.session.signIn("a", "b");
  await vi.advanceTimersByTimeAsync(after - 1);
  expect(s.seen).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(s.seen[1]?.url).toBe("/api/auth/refresh");
  expect(s.session.authorization()).toEqual({ authorization: "Bearer t2" });
});

test("an early refresh that fails is tried again while the token lasts", async () => {
  const s = server(session("t1"), new TypeError("away"), session("t2"));
  await s.session.signIn("a", "b");
  await vi.advanceTimersByTimeAsync(845_000);
  expect(s.session.authorization()).toEqual({ authorization: "Bearer t2" });
});

test("a refresh whose answer breaks off is asked again", async () => {
  const broken = new Response("{", { status: 200 });
  const s = server(session("t1"), broken, session("t2"));
  await s.session.signIn("a", "b");
  await vi.advanceTimersByTimeAsync(840_000 + 5_000);
  expect(s.session.authorization()).toEqual({ authorization: "Bearer t2" });
});

test("signing out forgets", async () => {
  const s = server(session("t"), new Response(null, { status: 204 }));
  await s.session.signIn("a", "b");
  await s.session.signOut();
  expect(s.session.user).toBeNull();
  expect(s.session.authorization()).toEqual({});
});

test.each([
  ["the server is away", () => new TypeError("away"), Unreachable],
  ["the server cannot", () => json({}, 503), Problem],
])("nobody is signed out while %s, as the cookie would sign in again", async (_, reply, kind) => {
  const s = server(session("t"), reply());
  await s.session.signIn("a", "b");
  await expect(s.session.signOut()).rejects.toBeInstanceOf(kind);
  expect(s.session.user).toEqual(user);
  expect(s.session.authorization()).toEqual({ authorization: "Bearer t" });
});

test("a refresh that is refused does not sign out who has signed in meanwhile", async () => {
  let refuse = () => {};
  const fetch = (url: string) => (url.endsWith("/refresh") ? new Promise<Response>((resolve) => (refuse = () => resolve(json({}, 401)))) : Promise.resolve(session("t")));
  const it = new Session(fetch);
  const refreshing = it.refresh();
  await it.signIn("a", "b");
  refuse();
  expect([await refreshing, it.user, it.authorization()]).toEqual([true, user, { authorization: "Bearer t" }]);
});

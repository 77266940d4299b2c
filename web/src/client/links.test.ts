import { expect, test, vi } from "vitest";
import { Problem, Unreachable } from "../wire/problem.ts";
import { addressIn, askForLink, options } from "./links.ts";

const answering = (body: object, status: number) => async () => new Response(JSON.stringify(body), { status });
const away = async () => Promise.reject(new TypeError("away"));

test("what can be offered is what the server says, and what always was when it says nothing", async () => {
  expect(await options(answering({ registration: "mail", links: true }, 200))).toEqual({ registration: "mail", links: true });
  const usual = { registration: "open", links: false };
  expect(await options(answering({}, 404))).toEqual(usual);
  expect(await options(away)).toEqual(usual);
  vi.useFakeTimers();
  const hanging = options(() => new Promise(() => undefined));
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await hanging).toEqual(usual);
  vi.useRealTimers();
});

test("asking for a link says what is wrong, and nothing else", async () => {
  await expect(askForLink(answering({ message: "on its way" }, 202), "a@b.c")).resolves.toBeUndefined();
  await expect(askForLink(answering({ code: "rate_limited" }, 429), "a@b.c")).rejects.toBeInstanceOf(Problem);
  await expect(askForLink(away, "a@b.c")).rejects.toBeInstanceOf(Unreachable);
});

test("a link names its address, and garbage names none", () => {
  const claims = btoa(String.fromCharCode(...new TextEncoder().encode('{"email":"ä@b.c","exp":1}'))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  expect(addressIn(`head.${claims}.signature`)).toBe("ä@b.c");
  for (const token of ["", "a", "a.b.c", "a.e30.c", "a.bnVsbA.c"]) expect(addressIn(token)).toBeNull();
});

import { expect, test, vi } from "vitest";
import type { User } from "../wire/shapes.ts";
import { ConsoleOffer } from "./console.svelte.ts";

const user = (id: string, role: string) => ({ id, email: `${id}@example.org`, role }) as User;
const asked = (answer: () => Promise<Response>) => {
  const fetch = vi.fn((_url: string, _init?: RequestInit) => answer());
  return { fetch, offer: new ConsoleOffer(fetch) };
};
const status = (code: number) => async () => new Response(null, { status: code });

test.each([
  ["an api process has it", "operator", status(200), true],
  ["nginx hides it", "operator", status(404), false],
  ["something else answers", "viewer", status(204), false],
  ["nobody answers", "admin", () => Promise.reject(new TypeError("away")), false],
])("where %s, who may look as %s is told so after one question", async (_, role, answer, isThere) => {
  const { fetch, offer } = asked(answer);
  await offer.look(user("ann", role));
  await offer.look(user("ann", role));
  expect(fetch.mock.calls).toEqual([["/console", { method: "HEAD", cache: "no-store" }]]);
  expect(offer.isThere).toBe(isThere);
});

test("nobody asks for whom it is not, and who comes next is asked for anew", async () => {
  const { fetch, offer } = asked(status(200));
  await offer.look(user("ann", "user"));
  expect([fetch.mock.calls.length, offer.isThere]).toEqual([0, false]);
  // As it is when the role changes.
  await offer.look(user("ann", "viewer"));
  expect([fetch.mock.calls.length, offer.isThere]).toEqual([1, true]);
  await offer.look(null);
  expect(offer.isThere).toBe(false);
  await offer.look(user("ann", "viewer"));
  expect([fetch.mock.calls.length, offer.isThere]).toEqual([2, true]);
});

test("what was asked for one is no answer for another", async () => {
  const answers: ((response: Response) => void)[] = [];
  const { offer } = asked(() => new Promise((resolve) => answers.push(resolve)));
  const first = offer.look(user("ann", "operator"));
  await offer.look(user("bob", "user"));
  answers[0]!(new Response(null, { status: 200 }));
  await first;
  expect(offer.isThere).toBe(false);
});

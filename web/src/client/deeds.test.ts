import { expect, test } from "vitest";
import { Http } from "./http.ts";
import { Ops } from "./ops.ts";
import { Session } from "./session.ts";

const count = (done: number, nextCursor: string | null) => ({ matching: 2, done, ended: 0, nextCursor, until: "then" });

/** A server that answers one page after the other, and what it was asked. */
function server(...pages: object[]) {
  const asked: unknown[] = [];
  const fetch = async (_: string, init: RequestInit = {}) => {
    asked.push(JSON.parse(String(init.body)));
    const page = pages.shift();
    return page ? new Response(JSON.stringify(page)) : new Response(JSON.stringify({ detail: "The broker is away." }), { status: 503 });
  };
  return { ops: new Ops(new Http(fetch, new Session(fetch))), asked };
}

test("letters are counted page by page, all as they were at one time", async () => {
  const { ops, asked } = server(count(0, "x"), count(0, null));
  expect(await ops.count("drop", { why: "poison" })).toMatchObject({ matching: 4, done: 0, until: "then" });
  expect(asked).toEqual([{ why: "poison", dryRun: true }, { why: "poison", dryRun: true, cursor: "x", until: "then" }]);
});

test("nothing is done with a letter that came after they were counted", async () => {
  const { ops, asked } = server(count(2, "x"), count(1, null));
  expect(await ops.carryOut("replay", { all: true }, "then")).toMatchObject({ done: 3 });
  expect(asked).toEqual([{ all: true, until: "then" }, { all: true, cursor: "x", until: "then" }]);
});

test("who fails on a later page says with how many it was done by then", async () => {
  const { ops } = server(count(2, "x"), count(1, "y"));
  await expect(ops.carryOut("drop", { all: true }, "then")).rejects.toMatchObject({ name: "Unfinished", done: 3, message: "The broker is away." });
});

test("who fails on the first one has done nothing", async () => {
  await expect(server().ops.carryOut("drop", { all: true }, "then")).rejects.toMatchObject({ name: "Problem", status: 503 });
});

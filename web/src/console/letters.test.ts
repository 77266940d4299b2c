import { expect, test, vi } from "vitest";
import { Http } from "../client/http.ts";
import { Ops } from "../client/ops.ts";
import { Session } from "../client/session.ts";
import type { DeadLetter } from "../wire/ops.ts";
import { choiceOf, commandOf, groupsOf } from "./letters.ts";

const letter = (messageId: string, why: string, day = 1): DeadLetter => ({ messageId, why, queue: "q", kind: "job", correlationId: "g", bytes: 1, since: `2026-01-0${day}T00:00:00Z` });

test("letters that are here for one reason are one group, the largest first", () => {
  const groups = groupsOf([letter("a", "poison", 3), letter("b", "too large"), letter("c", "too large", 2), letter("d", "")]);
  expect(groups.map(({ why, letters, since }) => [why, letters.length, since.slice(0, 10)])).toEqual([
    ["too large", 2, "2026-01-01"],
    ["poison", 1, "2026-01-03"],
    ["", 1, "2026-01-01"],
  ]);
  // A blank reason would mean all of them, and is refused.
  expect(groups.map(({ choice }) => choice)).toEqual([{ why: "too large" }, { why: "poison" }, { messageIds: ["d"] }]);
});

test("a message is named once, however many copies of it are here", () => {
  expect(groupsOf([letter("a", ""), letter("a", ""), letter("b", "")])[0]?.choice).toEqual({ messageIds: ["a", "b"] });
});

test("no more are named at once than can be", () => {
  const [group] = groupsOf(Array.from({ length: 1001 }, (_, i) => letter(String(i), " ")));
  expect(group?.letters).toHaveLength(1001);
  expect(group?.choice).toMatchObject({ messageIds: { length: 1000 } });
});

test.each([
  ["", "sluice dead drop --all"],
  [" it broke ", "sluice dead drop --why 'it broke'"],
])("with the reason %j the command is %j", (why, words) => expect(commandOf("drop", choiceOf(why))).toBe(words));

test("all of them are read page by page", async () => {
  const pages: Record<string, object> = {
    "/api/ops/dead-letters": { items: [letter("a", "")], nextCursor: "x/y" },
    "/api/ops/dead-letters?cursor=x%2Fy": { items: [letter("b", "")], nextCursor: null },
  };
  const fetch = vi.fn(async (url: string) => new Response(JSON.stringify(pages[url])));
  const letters = await new Ops(new Http(fetch, new Session(fetch))).everyDeadLetter();
  expect(letters.map(({ messageId }) => messageId)).toEqual(["a", "b"]);
});

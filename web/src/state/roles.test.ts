import { expect, test } from "vitest";
import { mayAudit, mayChange, mayLook } from "./roles.ts";

test.each([
  [undefined, false, false, false],
  ["guest", false, false, false],
  ["user", false, false, false],
  ["viewer", true, false, false],
  ["operator", true, true, false],
  ["admin", true, true, true],
  ["a role of a later version", false, false, false],
])("%s", (role, look, change, audit) => {
  expect([mayLook(role), mayChange(role), mayAudit(role)]).toEqual([look, change, audit]);
});

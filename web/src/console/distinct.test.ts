import { expect, test } from "vitest";
import { distinct } from "./distinct.ts";

test.each([
  [[], []],
  [["a", "b"], ["a", "b"]],
  [["a", "b", "a", "a"], ["a", "b", "a #2", "a #3"]],
  [["a #2", "a", "a"], ["a #2", "a", "a #3"]],
])("%j are told apart as %j", (ids, keys) => expect(distinct(ids)).toEqual(keys));

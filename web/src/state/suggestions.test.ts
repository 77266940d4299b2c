import { expect, test } from "vitest";
import { suggestionsFor } from "./suggestions.ts";

test.each([
  [["sim-demo", "sim-echo"], ["long", "limit", "stop"]],
  [["gpt-4o-mini", "sim-demo"], ["long", "limit", "stop"]],
  [["gpt-4o-mini", "best"], ["long", "stop"]],
  [[], ["long", "stop"]],
])("with the models %j there are the suggestions %j", (ids, icons) => {
  expect(suggestionsFor(ids.map((id) => ({ id }))).map(({ icon }) => icon)).toEqual(icons);
});

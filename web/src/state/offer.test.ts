import { expect, test } from "vitest";
import { choose, offered } from "./offer.ts";
import { settingsOf } from "./settings.ts";

const models = [
  { id: "small", provider: "openai", default: true, maxTokens: 10, available: true },
  { id: "large", provider: "openai", default: false, maxTokens: 20, available: false },
];
const [small, large] = models;

test.each([
  ["", [["", "small (default)", small], ["large", "large", large]]],
  ["large", [["", "small (default)", small], ["large", "large", large]]],
  ["small", [["", "small (default)", small], ["small", "small", small], ["large", "large", large]]],
  ["unheard-of", [["", "small (default)", small], ["large", "large", large], ["unheard-of", "unheard-of", undefined]]],
])("when %j is chosen, there are %j", (chosen, offers) => {
  expect(offered(models, chosen).map(({ value, label, model }) => [value, label, model])).toEqual(offers);
});

test("where none is the default one, the server has one of its own", () => {
  expect(offered([large!], "").map(({ label }) => label)).toEqual(["Default model", "large"]);
});

test.each([
  ["small", null, null],
  ["small", 15, 10],
  ["large", 15, 15],
  ["", 15, 10],
])("with %j an answer of %j tokens is one of %j", (model, before, after) => {
  const settings = { ...settingsOf(null), systemPrompt: "Be kind.", maxTokens: before };
  expect(choose(models, settings, model)).toEqual({ ...settings, model, maxTokens: after });
});

test.each([
  ["a chain called like a model is what is asked by that name", [small!, { ...large!, maxTokens: 1 }, large!], "", [["", small], ["large", large]]],
  ["a model that is listed twice is offered once", [small!, large!, large!], "large", [["", small], ["large", large]]],
  ["one that is the default one stays it", [small!, { ...small!, default: false }], "small", [["", small], ["small", small]]],
])("%s", (_, listed, chosen, offers) => {
  expect(offered(listed, chosen).map(({ value, model }) => [value, model])).toEqual(offers);
});

import { expect, test } from "vitest";
import { csv } from "./csv.ts";
import { spendingCsv } from "./spending.ts";

test.each([
  ["plain", "plain"],
  ["with, comma", '"with, comma"'],
  ['a "word"', '"a ""word"""'],
  ["two\nlines", '"two\nlines"'],
  ["=1+1", "'=1+1"],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@cmd", "'@cmd"],
  ['=A1,"x"', `"'=A1,""x"""`],
])("the text %j is the cell %j", (text, cell) => expect(csv([[text]])).toBe(`${cell}\r\n`));

test("numbers are numbers, also below zero", () => expect(csv([[1, -2.5]])).toBe("1,-2.5\r\n"));

test("what was spent has a line for each day and model, with every billionth of a dollar", () => {
  const usage = { day: "2026-01-31", provider: "openai", model: "=gpt", attempts: 3, unpriced: 1, inputTokens: 10, cachedInputTokens: 4, outputTokens: 20, reasoningTokens: 5, costNanoUsd: 1_234_567_891 };
  expect(spendingCsv([usage])).toBe(
    "day,provider,model,attempts,attempts_without_price,input_tokens,cached_input_tokens,output_tokens,reasoning_tokens,cost_usd\r\n" +
      "2026-01-31,openai,'=gpt,3,1,10,4,20,5,1.234567891\r\n",
  );
});

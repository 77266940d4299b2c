import { beforeEach, expect, test } from "vitest";
import { draftOf, keepDraft } from "./drafts.ts";
import { keepSettings, settingsOf } from "./settings.ts";
import { belongTo, forgetChat, forgetPrivate } from "./storage.ts";

const secret = { model: "", systemPrompt: "secret", temperature: null, maxTokens: null };

beforeEach(() => {
  localStorage.clear();
  belongTo("ann");
  keepDraft(null, "a letter");
  keepDraft("chat", "an answer");
  keepSettings(null, secret);
  keepSettings("chat", secret);
  localStorage.setItem("sluice:theme", "dark");
});

const kept = () => [draftOf(null), draftOf("chat"), settingsOf(null).systemPrompt, settingsOf("chat").systemPrompt];

test("who comes back finds what was typed", () => {
  belongTo("ann");
  expect(kept()).toEqual(["a letter", "an answer", "secret", "secret"]);
});

test("who comes next finds nothing of it, and the theme", () => {
  belongTo("bob");
  expect(kept()).toEqual(["", "", "", ""]);
  expect(localStorage.getItem("sluice:theme")).toBe("dark");
});

test("what is nobody's is not given to who comes next", () => {
  localStorage.removeItem("sluice:owner");
  belongTo("ann");
  expect(kept()).toEqual(["", "", "", ""]);
});

test("who signs out leaves nothing, not even who it was", () => {
  forgetPrivate();
  expect({ ...localStorage }).toEqual({ "sluice:theme": "dark" });
});

test("a chat that is no more takes its draft and settings along", () => {
  forgetChat("chat");
  expect(kept()).toEqual(["a letter", "", "secret", ""]);
});

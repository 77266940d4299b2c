import { beforeEach, expect, test } from "vitest";
import { draftOf, editOf, keepDraft, keepEdit } from "./drafts.ts";
import { keepSettings, settingsOf } from "./settings.ts";
import { belongTo, forgetChat, forgetPrivate } from "./storage.ts";

const secret = { model: "", systemPrompt: "secret", temperature: null, maxTokens: null };

beforeEach(() => {
  localStorage.clear();
  belongTo("ann");
  keepDraft(null, "a letter");
  keepDraft("chat", "an answer");
  keepEdit("chat", { messageId: "m", text: "other words" });
  keepSettings(null, secret);
  keepSettings("chat", secret);
  localStorage.setItem("sluice:theme", "dark");
});

const kept = () => [draftOf(null), draftOf("chat"), settingsOf(null).systemPrompt, settingsOf("chat").systemPrompt];
const edited = () => editOf("chat")?.text ?? "";

test("who comes back finds what was typed", () => {
  belongTo("ann");
  expect([...kept(), edited()]).toEqual(["a letter", "an answer", "secret", "secret", "other words"]);
});

test("who comes next finds nothing of it, and the theme", () => {
  belongTo("bob");
  expect([...kept(), edited()]).toEqual(["", "", "", "", ""]);
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
  expect([...kept(), edited()]).toEqual(["a letter", "", "secret", "", ""]);
});

test.each(["", "null", "{", "[]", '{"text":1}'])("%j in the place of other words is harmless", (stored) => {
  localStorage.setItem("sluice:draft-edit:chat", stored);
  expect(editOf("chat")).toBeNull();
});

import { expect, test } from "vitest";
import { shortcutOf } from "./shortcuts.ts";

const area = document.createElement("textarea");
const page = document.body;
const menu = document.createElement("div");
menu.setAttribute("role", "menu");
const item = menu.appendChild(document.createElement("div"));
const pressed = (key: string, code: string, more: object = {}) =>
  shortcutOf({ key, code, keyCode: 0, altKey: false, ctrlKey: false, metaKey: false, isComposing: false, target: page, ...more });

test.each([
  ["Alt+N on the page", pressed("n", "KeyN", { altKey: true }), "new"],
  ["Alt+C on the page", pressed("c", "KeyC", { altKey: true }), "copy"],
  ["Alt+N while writing", pressed("n", "KeyN", { altKey: true, target: area }), "new"],
  ["Option+N on a Mac, on the page", pressed("Dead", "KeyN", { altKey: true }), "new"],
  ["Option+N on a Mac, while writing", pressed("Dead", "KeyN", { altKey: true, target: area }), null],
  ["Option+C on a Mac, while writing", pressed("ç", "KeyC", { altKey: true, target: area }), null],
  ["another letter", pressed("x", "KeyX", { altKey: true }), null],
  ["AltGr, which is Ctrl and Alt", pressed("n", "KeyN", { altKey: true, ctrlKey: true }), null],
  ["Escape", pressed("Escape", "Escape", { target: area }), "stop"],
  ["the Escape that ends a composition", pressed("Escape", "Escape", { isComposing: true }), null],
  ["the same in Safari, after its end", pressed("Escape", "Escape", { keyCode: 229 }), null],
  ["a slash on the page", pressed("/", "Slash"), "focus"],
  ["a slash while writing", pressed("/", "Slash", { target: area }), null],
  ["a question mark on the page", pressed("?", "Slash"), "help"],
  ["a question mark while writing", pressed("?", "Slash", { target: area }), null],
  ["a slash in a menu", pressed("/", "Slash", { target: item }), null],
  ["a question mark in a menu", pressed("?", "Slash", { target: menu }), null],
  ["Escape in a menu", pressed("Escape", "Escape", { target: item }), "stop"],
  ["a question mark with Ctrl", pressed("?", "Slash", { ctrlKey: true }), null],
])("%s", (_, found, meant) => {
  expect(found).toBe(meant);
});

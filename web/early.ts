// What runs before the first paint: it puts the theme on <html>, and says so when the page cannot be loaded. The bundle is a module
// and runs after parsing, which would flash the wrong theme, and may be what is missing; an inline script is refused by the content
// security policy. So: one small hashed file, loaded in <head>.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

export function early(): Plugin {
  const source = readFileSync(new URL("./src/early.js", import.meta.url), "utf8");
  const hash = createHash("sha256").update(source).digest("base64url").slice(0, 8);
  const fileName = `assets/early-${hash}.js`;
  let building = false;
  return {
    name: "early",
    configResolved(config) {
      building = config.command === "build";
    },
    generateBundle() {
      this.emitFile({ type: "asset", fileName, source });
    },
    transformIndexHtml() {
      const src = building ? `/${fileName}` : "/src/early.js";
      return [{ tag: "script", attrs: { src }, injectTo: "head-prepend" }];
    },
  };
}

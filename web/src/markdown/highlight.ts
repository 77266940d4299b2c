// Code colours, loaded when the first code block appears: most of the weight of this page would otherwise be languages.
import type { HLJSApi } from "highlight.js";

let engine: HLJSApi | null = null;
let loading: Promise<void> | null = null;

/** Resolves when `highlight` can colour. A failed load leaves code plain and is tried again by the next block. */
export function loadHighlighter(): Promise<void> {
  loading ??= import("./languages.ts").then(
    (module) => {
      engine = module.engine;
    },
    () => {
      loading = null;
    },
  );
  return loading;
}

export function highlighterReady(): boolean {
  return engine !== null;
}

/** HTML with `hljs-…` spans, or null when there are no colours for this language. Everything else in it is escaped. */
export function highlight(code: string, language: string): string | null {
  if (!engine?.getLanguage(language)) return null;
  return engine.highlight(code, { language, ignoreIllegals: true }).value;
}

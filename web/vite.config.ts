import { svelte } from "@sveltejs/vite-plugin-svelte";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vitest/config";
import { early } from "./early.ts";

const api = process.env.API_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [svelte(), tailwindcss(), early()],
  // The page runs under `script-src 'self'`: nothing may be inlined as a data URL or an inline script.
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: true },
  resolve: process.env.VITEST ? { conditions: ["browser"] } : {},
  server: { proxy: { "/api": { target: api, changeOrigin: false } } },
  test: { environment: "jsdom", include: ["src/**/*.test.ts", "tools/**/*.test.ts"], testTimeout: 20_000 },
});

import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { generated } from "./types.mjs";

test("the types of the interface are those of its description (npm run types)", async () => {
  expect(await readFile("src/wire/api.ts", "utf8")).toBe(await generated());
}, 30_000);

// Writes the types of the HTTP interface out of its description: `npm run types`. With --check it only says
// whether they are as they should be.
import { readFile, writeFile } from "node:fs/promises";
import openapi, { astToString } from "openapi-typescript";

const SNAPSHOT = "../api/tests/it/snapshots/it__page__the_description_is_what_clients_were_told.snap";
const TYPES = "src/wire/api.ts";

export async function generated() {
  const snapshot = await readFile(SNAPSHOT, "utf8");
  const description = JSON.parse(snapshot.slice(snapshot.indexOf("\n{") + 1));
  const head = "// The HTTP interface, out of its description: `npm run types`. Not to be changed by hand.\n\n";
  return head + astToString(await openapi(description));
}

if (process.argv[1]?.endsWith("types.mjs")) await writeFile(TYPES, await generated());

// Links that are mailed: what the page can offer to somebody who is not signed in, and how a link is asked for.
import { Unreachable, problemFrom } from "../wire/problem.ts";
import type { Options } from "../wire/shapes.ts";
import { within } from "./patience.ts";
import type { Fetch } from "./session.ts";

/** A server that has not answered by then will hardly sign anybody in. */
const PATIENCE_MS = 20_000;

/** What can be done here besides signing in; as if nothing were known when the server does not say. */
export async function options(fetch: Fetch): Promise<Options> {
  const asked = within(PATIENCE_MS, async (signal) => {
    const response = await fetch("/api/auth/options", { signal });
    return response.ok ? ((await response.json()) as Options) : null;
  });
  return (await asked.catch(() => null)) ?? { registration: "open", links: false };
}

/** Has a link mailed, if one is due; whether it is is not told. */
export async function askForLink(fetch: Fetch, email: string): Promise<void> {
  const response = await fetch("/api/auth/links", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email }),
  }).catch((error) => {
    throw new Unreachable(error);
  });
  if (!response.ok) throw await problemFrom(response);
}

/** Whose link it is, for the password manager; the server alone knows whether it is good. */
export function addressIn(token: string): string | null {
  try {
    const claims = (token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(claims), (letter) => letter.charCodeAt(0));
    const { email } = JSON.parse(new TextDecoder().decode(bytes)) as { email?: unknown };
    return typeof email === "string" ? email : null;
  } catch {
    return null;
  }
}

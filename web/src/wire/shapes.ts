// What the HTTP surface sends and takes, by the names that this page uses. Times are RFC 3339 UTC, ids are UUIDs.
import type { components } from "./api.ts";

type Shapes = components["schemas"];

export type User = Shapes["UserShape"];

/** What somebody who is not signed in can do. */
export type Options = Shapes["OptionsShape"];

/** What is kept of a sign-in: the page leaves its refresh token to the cookie. */
export type SessionBody = Pick<Shapes["SessionShape"], "user" | "accessToken" | "expiresIn">;

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
  prevCursor: string | null;
}

export type Chat = Shapes["ChatShape"] & { activeGenerationId?: string | null };

export type Message = Shapes["MessageShape"];

export type Model = Shapes["ModelShape"];

/** What was spent on one day (UTC). */
export type DailyUsage = Shapes["DailyUsageShape"];

export type Generation = Shapes["GenerationShape"];

export type GenerationStatus = Generation["status"];

/** The same id with the same body is the same generation, so a lost answer may be asked for again. */
export type GenerationRequest = Shapes["AskBody"] & { requestId: string };

/** What is absent is as it was. */
export type AgainRequest = Shapes["AgainBody"] & { requestId: string };

export type Accepted = Shapes["AcceptedShape"];

/** A key with which a program speaks for its user. */
export type ApiKey = Shapes["ApiKeyShape"];

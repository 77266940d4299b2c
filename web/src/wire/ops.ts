// What the operators' routes send. Times are RFC 3339 UTC.
import type { components } from "./api.ts";

type Shapes = components["schemas"];

export type Key = Shapes["KeyShape"];

export type Budget = Shapes["BudgetShape"];

export type Pool = Shapes["PoolShape"];

/** What to change of a pool; what is absent stays. */
export type PoolChange = Shapes["PoolBody"];

export type Worker = Shapes["WorkerShape"];

export type Queue = Shapes["QueueShape"];

export type DeadLetter = Shapes["DeadLetterShape"];

/** A dead letter with what it says, prompts left out. */
export type DeadLetterDetail = Shapes["DeadLetterDetailShape"];

/** A generation that has not ended. */
export type Job = Shapes["JobShape"];

export type Explained = Shapes["ExplainedShape"];

/** Which dead letters: some by their ids, those whose reason holds a text, or all. */
export type Choice = { messageIds: string[] } | { why: string } | { all: true };

/** What can be done with them: they are put back where they had been, or gone. */
export type Deed = "replay" | "drop";

/** What all users together spent on one model on one day (UTC). */
export type ModelUsage = Shapes["ModelUsageShape"];

export type Count = Shapes["CountShape"];

/** One thing somebody did. */
export type AuditEntry = Shapes["AuditShape"];

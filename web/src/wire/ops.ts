// What the operators' routes send. Times are RFC 3339 UTC.
import type { Generation } from "./shapes.ts";

export interface Key {
  provider: string;
  key: string;
  state: "active" | "cooling" | "exhausted" | "revoked" | "disabled";
  until?: string;
  weight: number;
  group?: string;
  usedInWindow: number;
  requestsPerMinute?: number;
  underWay?: number;
  concurrency?: number;
  budgets: Budget[];
  models: { model: string; until?: string }[];
  probe?: { found: string; at: string };
}

export interface Budget {
  name: string;
  model?: string;
  measure: "requests" | "tokens";
  period: "minute" | "day";
  limit: number;
  used: number;
}

export interface Pool {
  provider: string;
  paused: boolean;
  /** Answers each worker streams at once by an operator's wish; null for what each is configured for. */
  concurrency: number | null;
  /** Requests each key may make in any minute by an operator's wish; null for what is configured. */
  requestsPerMinute: number | null;
  workers: number;
  slots: number;
  busy: number;
}

export interface Worker {
  worker: string;
  provider: string;
  slots: number;
  busy: number;
  paused: boolean;
  version: string;
}

export interface Queue {
  name: string;
  ready: number;
  unsettled: number;
  delayed: number;
}

export interface DeadLetter {
  messageId: string;
  correlationId: string;
  queue: string;
  kind: string;
  why: string;
  since: string;
  bytes: number;
}

export interface Explained {
  why: string;
  generation: Generation;
  userId: string;
  rescues: number;
  queue: Queue;
  keys: Key[];
}

/** Which dead letters: some by their ids, those whose reason holds a text, or all. */
export type Choice = { messageIds: string[] } | { why: string } | { all: true };

/** What all users together spent on one model on one day (UTC). */
export interface ModelUsage {
  day: string;
  provider: string;
  model: string;
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  reasoningTokens: number;
  attempts: number;
  unpriced: number;
  costNanoUsd: number;
}

export interface Count {
  matching: number;
  done: number;
  /** Left alone: what they ask for has ended. */
  ended: number;
}

// What the HTTP surface sends and takes. Times are RFC 3339 UTC, ids are UUIDs.
export interface User {
  id: string;
  email: string;
  role: string;
}

export interface SessionBody {
  user: User;
  accessToken: string;
  /** Seconds. */
  expiresIn: number;
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
  prevCursor: string | null;
}

export interface Chat {
  id: string;
  title: string | null;
  createdAt: string;
  updatedAt: string;
  activeGenerationId?: string | null;
}

export interface Message {
  id: string;
  chatId: string;
  role: "user" | "assistant" | "system";
  content: string;
  generationId?: string | null;
  createdAt: string;
}

export interface Model {
  id: string;
  provider: string;
  default: boolean;
}

/** What was spent on one day (UTC). */
export interface DailyUsage {
  day: string;
  inputTokens: number;
  outputTokens: number;
  attempts: number;
  /** Billionths of a US dollar, of what has a price. */
  costNanoUsd: number;
}

export type GenerationStatus = "queued" | "streaming" | "succeeded" | "failed" | "canceled";

export interface Generation {
  id: string;
  chatId: string;
  status: GenerationStatus;
  model: string | null;
  attempt: number | null;
  inputTokens: number | null;
  outputTokens: number | null;
  errorCode: string | null;
  errorMessage: string | null;
  retryAt: string | null;
  startedAt: string | null;
  finishedAt: string | null;
}

export interface GenerationRequest {
  userMessage: string;
  model?: string;
  systemPrompt?: string;
  temperature?: number;
  maxTokens?: number;
  /** The same id with the same body is the same generation, so a lost answer may be asked for again. */
  requestId: string;
}

export interface Accepted {
  generationId: string;
  chatId: string;
  userMessageId: string;
  status: GenerationStatus;
  streamUrl: string;
}

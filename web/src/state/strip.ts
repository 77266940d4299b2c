// The one line above the composer: what is happening, and what can be done about it. Pure, so that a table can test it.
import type { Phase } from "../stream/answer.ts";
import { Problem, Unreachable, explain } from "../wire/problem.ts";
import type { AnswerView } from "./live.svelte.ts";

export type Tone = "quiet" | "busy" | "wait" | "done" | "error";
export type Action = "cancel" | "copy-id" | "try-again" | "edit" | "dismiss" | "open-running" | "stop-running" | "reload";

export interface Strip {
  tone: Tone;
  text: string;
  actions: Action[];
  /** The generation an operator can look up. */
  id?: string;
}

export interface StripInput {
  sending: boolean;
  sendFailure: unknown;
  /** Whether what was not sent is a message that can be changed, and not the wish for another answer. */
  canTakeBack: boolean;
  loadFailure: unknown;
  view: AnswerView | null;
  hint: Hint | null;
}

/** What a newcomer may try while the answer is written. */
export type Hint = "reload" | "stop";

const HINTS: Record<Hint, string> = {
  reload: "Press F5 now, the answer continues",
  stop: "Press Esc now, the partial text stays",
};

const ENDED: ReadonlySet<Phase> = new Set(["succeeded", "failed", "canceled"]);

/** Waits longer than this say when they end, and that nobody has to stay. */
const LONG_WAIT_S = 120;

/** The codes of the server's `ErrorClass` and `NoKeyReason`, and of a worker that was lost. */
const REASONS: Record<string, string> = {
  rate_limited: "Rate limited",
  cooling_down: "Rate limited",
  keys_busy: "All keys are busy",
  no_usable_key: "No usable key",
  worker_lost: "The worker was lost",
  rate_limited_for_the_day: "Daily limit reached",
  overloaded: "Provider overloaded",
  timeout: "Provider timed out",
  network: "Provider unreachable",
  truncated: "Answer cut off",
  malformed_answer: "Provider sent garbage",
  invalid_key: "Provider key refused",
  no_permission: "Provider key refused",
  money_out: "Provider account is out of credit",
  model_not_found: "Provider does not have the model",
  bad_request: "Provider refused the request",
};

export function strip(input: StripInput, now: number): Strip | null {
  if (input.sendFailure) return unsent(input.sendFailure, input.canTakeBack);
  if (input.sending) return { tone: "busy", text: "Sending", actions: [] };
  // What is missing above is said before how the last answer ended.
  if (input.view && !(input.loadFailure && ENDED.has(input.view.phase))) return ofAnswer(input.view, input.hint, now);
  if (input.loadFailure) return { tone: "error", text: `Could not load this chat: ${explain(input.loadFailure)}`, actions: ["reload"] };
  return null;
}

function ofAnswer(view: AnswerView, hint: Hint | null, now: number): Strip | null {
  switch (view.phase) {
    case "succeeded":
      return null;
    case "canceled":
      return { tone: "done", text: view.text ? "Stopped by you, partial kept" : "Stopped by you", actions: [] };
    case "failed":
      return failed(view);
    default:
      return running(view, hint, now);
  }
}

function running(view: AnswerView, hint: Hint | null, now: number): Strip {
  if (view.stopping) return { tone: "busy", text: "Stopping", actions: [] };
  if (view.lost) return { tone: "wait", text: "Reconnecting, the answer continues on the server", actions: ["cancel"] };
  if (view.phase === "waiting") return { tone: "wait", text: waiting(view, now), actions: ["cancel"] };
  if (view.phase === "queued") return { tone: "busy", text: "Queued", actions: ["cancel"] };
  const attempt = view.attempt > 1 ? ` (attempt ${view.attempt})` : "";
  return { tone: "busy", text: hint ? HINTS[hint] : `Writing${attempt}`, actions: [] };
}

function waiting(view: AnswerView, now: number): string {
  const reason = REASONS[view.reason ?? ""] ?? "Provider failed";
  const seconds = secondsLeft(view.retryAt, now);
  const attempt = `(attempt ${view.attempt})`;
  if (seconds === null || seconds === 0) return `${reason}, retrying now ${attempt}`;
  const text = `${reason}, retrying in ${countdown(seconds)} ${attempt}`;
  return seconds > LONG_WAIT_S ? `${text}, at ${clockTime(view.retryAt)}. You can close this page.` : text;
}

function failed(view: AnswerView): Strip {
  return { tone: "error", text: `Failed: ${sentence(view.failure?.message ?? "the answer failed")}`, id: view.id, actions: ["copy-id", "try-again"] };
}

/** What became of a request, and when it may be repeated. */
function refusal(problem: Problem): string {
  const detail = problem.code === "rate_limited" ? "too many messages in a short time" : faultOf(problem);
  return problem.retryAt === null ? sentence(detail) : `${sentence(detail)} It can be sent again at ${clockTime(problem.retryAt, true)}.`;
}

/** The first fault with the name of its field, or what the problem says as a whole. */
function faultOf(problem: Problem): string {
  const fault = problem.errors[0];
  if (!fault) return problem.message;
  const field = fault.pointer.slice(1);
  return field === "" ? fault.detail : `${field} ${fault.detail}`;
}

function unsent(error: unknown, canTakeBack: boolean): Strip {
  const actions: Action[] = ["try-again", canTakeBack ? "edit" : "dismiss"];
  if (error instanceof Problem && error.code === "generation_in_flight") {
    return { tone: "error", text: "Not sent: another answer of yours is still being written.", actions: ["open-running", "stop-running", ...actions] };
  }
  if (error instanceof Unreachable) return { tone: "error", text: "Not sent: the server cannot be reached.", actions };
  const detail = error instanceof Problem ? refusal(error) : sentence(explain(error));
  return { tone: "error", text: `Not sent: ${detail}`, actions };
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** Whole seconds until `at`, rounded up; null when there is no time to wait for. */
export function secondsLeft(at: string | null, now: number): number | null {
  if (at === null) return null;
  return Math.max(0, Math.ceil((Date.parse(at) - now) / 1000));
}

/** 0:41, 12:05, 23:59:30. */
export function countdown(seconds: number): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function clockTime(at: string | null, exactly = false): string {
  return at === null ? "" : new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", ...(exactly ? { second: "2-digit" } : {}) });
}

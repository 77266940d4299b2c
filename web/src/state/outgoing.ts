// What is on its way to the server: a question, or the wish for another answer to one. Repeated, it is the same request.
import type { Api } from "../client/api.ts";
import type { Accepted, AgainRequest, GenerationRequest } from "../wire/shapes.ts";
import { persistently } from "./send.ts";

export type Outgoing = Question | Again;

export interface Question {
  kind: "question";
  request: GenerationRequest;
  /** The row of the question. */
  questionKey: string;
  /** The row that it says in other words. */
  insteadOf: string | null;
}

export interface Again {
  kind: "again";
  request: AgainRequest;
  /** The generation whose question is to be answered once more. */
  generationId: string;
  /** The question, as far as it is known. */
  questionKey: string | undefined;
}

/** `onBusy` says what becomes of an answer in its way, and makes no other request of it. */
export function deliver(api: Api, chatId: string, outgoing: Outgoing, onBusy: "interrupt" | undefined, signal: AbortSignal): Promise<Accepted> {
  return persistently(
    () =>
      outgoing.kind === "question"
        ? api.generate(chatId, { ...outgoing.request, onBusy })
        : api.regenerate(outgoing.generationId, { ...outgoing.request, onBusy }),
    signal,
  );
}

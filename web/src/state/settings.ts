// What a chat asks of the model, kept in this browser. Absent means: the server decides.
import type { GenerationRequest, Model } from "../wire/shapes.ts";
import { read, write } from "./storage.ts";

export interface Settings {
  model: string;
  systemPrompt: string;
  temperature: number | null;
  maxTokens: number | null;
  /** Whether an answer of this chat was asked for with a system prompt. */
  prompted?: boolean;
}

const key = (chatId: string | null) => `sluice:settings:${chatId ?? "new"}`;

export function settingsOf(chatId: string | null): Settings {
  return parse(read(key(chatId)));
}

export function keepSettings(chatId: string | null, settings: Settings): void {
  write(key(chatId), JSON.stringify(settings));
}

/** The fields of a generation request, without the ones left to the server. */
export function asRequest(settings: Settings): Partial<GenerationRequest> {
  const request: Partial<GenerationRequest> = {};
  if (settings.model) request.model = settings.model;
  if (settings.systemPrompt.trim()) request.systemPrompt = settings.systemPrompt;
  if (settings.temperature !== null) request.temperature = settings.temperature;
  if (settings.maxTokens !== null) request.maxTokens = settings.maxTokens;
  return request;
}

/** The same for another answer, where what is absent is as it was, and what is null is left to the server. */
export function asAgain(settings: Settings): Partial<GenerationRequest> {
  return { temperature: null, maxTokens: null, ...(settings.prompted && { systemPrompt: null }), ...asRequest(settings) };
}

/** How many of them differ from the server's own. */
export function changedCount(settings: Settings): number {
  return Object.keys(asRequest({ ...settings, model: "" })).length;
}

export function parse(stored: string | null): Settings {
  let value: Partial<Settings> = {};
  try {
    value = (JSON.parse(stored ?? "{}") ?? {}) as Partial<Settings>;
  } catch {
    // Not ours, or from an older page: start again.
  }
  return {
    model: typeof value.model === "string" ? value.model : "",
    systemPrompt: typeof value.systemPrompt === "string" ? value.systemPrompt : "",
    temperature: typeof value.temperature === "number" ? value.temperature : null,
    maxTokens: typeof value.maxTokens === "number" ? value.maxTokens : null,
    ...(value.prompted === true && { prompted: true }),
  };
}

/** The model that answers when none is chosen, if the server has said which. */
export const standardOf = (models: Model[]): Model | undefined => models.find((model) => model.default);

/** How long an answer of a model may be that is not in the list, in tokens. */
const LONGEST = 200_000;

/** How long an answer the model called `id` may be asked for; of the default one when it is empty. */
export function longestOf(models: Model[], id: string): number {
  const model = id === "" ? standardOf(models) : models.find((one) => one.id === id);
  return model?.maxTokens ?? LONGEST;
}

/** What a person typed as a number: null when empty, undefined when it is none or out of range. */
export function numberFrom(typed: string, min: number, max: number, whole = false): number | null | undefined {
  const text = typed.trim().replace(",", ".");
  if (text === "") return null;
  const value = Number(text);
  const fits = Number.isFinite(value) && value >= min && value <= max && (!whole || Number.isInteger(value));
  return fits ? value : undefined;
}

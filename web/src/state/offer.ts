// The models that can be chosen.
import type { Model } from "../wire/shapes.ts";
import { longestOf, standardOf, type Settings } from "./settings.ts";

export interface Offer {
  /** What the settings hold; empty for whatever the server takes. */
  value: string;
  label: string;
  /** Absent where the server has said nothing of it. */
  model: Model | undefined;
}

/** The default first. It is there once more when it was chosen by its name: then it stays, whatever the server changes. */
export function offered(models: Model[], chosen: string): Offer[] {
  const standard = standardOf(models);
  const listed = unique(models).filter((model) => !model.default || model.id === chosen);
  const foreign = chosen !== "" && !models.some((model) => model.id === chosen);
  return [
    { value: "", label: standard ? `${standard.id} (default)` : "Default model", model: standard },
    ...listed.map((model) => ({ value: model.id, label: model.id, model })),
    ...(foreign ? [{ value: chosen, label: chosen, model: undefined }] : []),
  ];
}

/** The settings with another model: what the former one could may be more than this one can, and would be refused. */
export function choose(models: Model[], settings: Settings, model: string): Settings {
  const { maxTokens } = settings;
  return { ...settings, model, maxTokens: maxTokens === null ? null : Math.min(maxTokens, longestOf(models, model)) };
}

/** One of each name. Where a chain is called like a model, a question by that name is for the chain, which comes later. */
function unique(models: Model[]): Model[] {
  const byName = new Map<string, Model>();
  for (const model of models) if (!byName.get(model.id)?.default) byName.set(model.id, model);
  return [...byName.values()];
}

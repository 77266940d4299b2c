// What an empty chat offers: three ways to see that an answer is a durable job.
import type { Model } from "../wire/shapes.ts";
import type { Settings } from "./settings.ts";

export interface Suggestion {
  title: string;
  detail: string;
  message: string;
  overrides: Partial<Settings>;
  icon: "long" | "limit" | "stop";
}

/** How the names of models begin that do as their name says. */
const SIMULATED = "sim-";

const suggestions: Suggestion[] = [
  {
    title: "Stream something long",
    detail: "Then press F5 in the middle",
    message: "Write a long answer about rivers, with headings, a list and a code example.",
    overrides: {},
    icon: "long",
  },
  {
    title: "Simulate a rate limit",
    detail: "Watch it wait and try again",
    message: "Answer me although the provider is rate limited.",
    overrides: { model: "sim-demo,status=429,retry-after=3,fail=3" },
    icon: "limit",
  },
  {
    title: "Stop in the middle",
    detail: "Press Esc: the partial text stays",
    message: "Start a long story, I will stop you in the middle.",
    overrides: {},
    icon: "stop",
  },
];

/** Those that the server's models can follow: nobody but the simulated provider refuses on request. */
export function suggestionsFor(models: Pick<Model, "id">[]): Suggestion[] {
  const simulated = models.some(({ id }) => id.startsWith(SIMULATED));
  return suggestions.filter(({ overrides }) => simulated || !overrides.model?.startsWith(SIMULATED));
}

// The parts of the operators' page and their addresses, `/console#/keys`.
export const SECTIONS = [
  { id: "overview", label: "Overview" },
  { id: "jobs", label: "Jobs" },
  { id: "pools", label: "Pools" },
  { id: "keys", label: "Keys" },
  { id: "dead", label: "Dead letters" },
  { id: "usage", label: "Usage" },
  { id: "audit", label: "Audit" },
] as const;

export type SectionId = (typeof SECTIONS)[number]["id"];

export interface Place {
  section: SectionId;
  /** What is looked at there: the id of a generation. */
  of: string | null;
}

export function placeOf(hash: string): Place {
  const [, name, of] = /^#\/([a-z]+)(?:\/([\w-]{1,64}))?$/.exec(hash) ?? [];
  const known = SECTIONS.find((section) => section.id === name);
  return { section: known?.id ?? "overview", of: known && of ? of : null };
}

/** Whether this address is the operators' page. */
export const isConsole = (pathname: string) => pathname.replace(/\/$/, "") === "/console";

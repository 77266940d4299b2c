// Keys. Letters go with Alt, by their place on the keyboard, so that typing and screen readers keep theirs.
export type Shortcut = "new" | "focus" | "stop" | "copy" | "search" | "help";

export const shortcuts: { keys: string[]; what: string }[] = [
  { keys: ["Enter"], what: "Send the message" },
  { keys: ["Shift", "Enter"], what: "New line" },
  { keys: ["Esc"], what: "Stop the answer" },
  { keys: ["Alt", "N"], what: "New chat" },
  { keys: ["Alt", "C"], what: "Copy the last answer" },
  { keys: ["Alt", "S"], what: "Search chats" },
  { keys: ["/"], what: "Write a message" },
  { keys: ["?"], what: "Show these keys" },
];

/** What an input method takes for itself: one of its codes, as Safari says the Enter that ends a composition after its end. */
export const isComposing = (event: Pick<KeyboardEvent, "isComposing" | "keyCode">) => event.isComposing || event.keyCode === 229;

type Key = Pick<KeyboardEvent, "key" | "code" | "keyCode" | "altKey" | "ctrlKey" | "metaKey" | "isComposing" | "target">;

export function shortcutOf(event: Key): Shortcut | null {
  if (isComposing(event) || event.ctrlKey || event.metaKey) return null;
  if (event.altKey) return withAlt(event);
  if (event.key === "Escape") return "stop";
  if (typing(event.target)) return null;
  return event.key === "/" ? "focus" : event.key === "?" ? "help" : null;
}

const LETTERS: Record<string, Shortcut> = { n: "new", c: "copy", s: "search" };

/** On a Mac, Option with a letter writes another one (`ç`), or waits for one (`˜`): where somebody writes, that is what is meant. */
function withAlt({ key, code, target }: Key): Shortcut | null {
  const letter = typing(target) ? key : code.replace(/^Key/, "");
  return LETTERS[letter.toLowerCase()] ?? null;
}

/** Letters in a menu look for one of its items. */
function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.closest("[role=menu]") !== null;
}

// Keys. Letters go with Alt, by their place on the keyboard, so that typing and screen readers keep theirs.
export type Shortcut = "new" | "focus" | "stop" | "copy" | "help";

export const shortcuts: { keys: string[]; what: string }[] = [
  { keys: ["Enter"], what: "Send the message" },
  { keys: ["Shift", "Enter"], what: "New line" },
  { keys: ["Esc"], what: "Stop the answer" },
  { keys: ["Alt", "N"], what: "New chat" },
  { keys: ["Alt", "C"], what: "Copy the last answer" },
  { keys: ["/"], what: "Write a message" },
  { keys: ["?"], what: "Show these keys" },
];

type Key = Pick<KeyboardEvent, "key" | "code" | "altKey" | "ctrlKey" | "metaKey" | "isComposing" | "target">;

export function shortcutOf(event: Key): Shortcut | null {
  if (event.isComposing || event.ctrlKey || event.metaKey) return null;
  if (event.altKey) return event.code === "KeyN" ? "new" : event.code === "KeyC" ? "copy" : null;
  if (event.key === "Escape") return "stop";
  if (typing(event.target)) return null;
  return event.key === "/" ? "focus" : event.key === "?" ? "help" : null;
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

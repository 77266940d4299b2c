// localStorage that may be off or full (private windows): reading then gives nothing and writing is forgotten, which costs a
// draft or a preference, never an answer.
export function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function write(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    return;
  }
}

const OWNER = "sluice:owner";

/** What is kept here is of the account `userId` from now on; what was another's, or nobody knows whose, is forgotten. */
export function belongTo(userId: string): void {
  if (read(OWNER) !== userId) forgetPrivate();
  write(OWNER, userId);
}

/** Forgets drafts and settings, when somebody signs out on this machine. */
export function forgetPrivate(): void {
  try {
    for (const key of Object.keys(localStorage)) if (/^sluice:(draft|settings|owner)/.test(key)) localStorage.removeItem(key);
  } catch {
    return;
  }
}

/** Forgets the draft and the settings of a chat that is no more. */
export function forgetChat(id: string): void {
  write(`sluice:draft:${id}`, null);
  write(`sluice:draft-edit:${id}`, null);
  write(`sluice:settings:${id}`, null);
}

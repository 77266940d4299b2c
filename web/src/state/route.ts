// Where the page is. Chat ids live after the `#`: any server that serves one file can serve the page, and the ids stay out of
// its logs.
export function chatIdFrom(hash: string): string | null {
  return /^#\/chats\/([\w-]{1,64})$/.exec(hash)?.[1] ?? null;
}

export function hashOf(chatId: string | null): string {
  return chatId === null ? "#/" : `#/chats/${chatId}`;
}

/** The token of a link that was mailed, `#/link/<token>`, or null. */
export function linkToken(hash: string): string | null {
  return /^#\/link\/([\w.-]{1,2048})$/.exec(hash)?.[1] ?? null;
}

/** The one-time token of `/welcome#<token>`, or null. */
export function welcomeToken(location: { pathname: string; hash: string }): string | null {
  if (location.pathname.replace(/\/$/, "") !== "/welcome") return null;
  // As it is: tokens are made of characters that need no escaping.
  return location.hash.length > 1 ? location.hash.slice(1) : null;
}

// Files that are fetched with the access token, which no link can carry.
export function saveAs(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Not before the browser has taken it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A name for a file that says what it is, on any system. */
export function fileName(title: string, ending: string): string {
  const plain = [...title.normalize("NFC").replace(/[^\p{L}\p{N}]+/gu, "-")].slice(0, 60).join("").replace(/^-+|-+$/g, "");
  return `${plain || "chat"}.${ending}`;
}

// Keys of rows. What is told twice, word for word, is two rows: a page stops at a key that is there twice.
export function distinct(ids: string[]): string[] {
  const taken = new Set<string>();
  return ids.map((id) => {
    let key = id;
    for (let count = 2; taken.has(key); count++) key = `${id} #${count}`;
    taken.add(key);
    return key;
  });
}

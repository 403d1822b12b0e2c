/**
 * One after the other, until one gives something. The order is the preference: later ones are asked only when the earlier
 * had nothing.
 *
 * @returns null when none had.
 */
export async function firstThat<Item, Result>(
  items: readonly Item[],
  attempt: (item: Item) => Promise<Result | null>,
): Promise<Result | null> {
  for (const item of items) {
    const result = await attempt(item);
    if (result !== null) return result;
  }
  return null;
}

/** Share of the votes that make an agreement (domain reference, section 5). */
export const CONSENSUS = 0.66;

/**
 * Asks everybody at once. Who fails has no vote, and what failed is the caller's to know.
 *
 * @returns the answers of those who had one, in the order they were asked.
 */
export async function inParallel<Item, Vote>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Vote | null>,
): Promise<Vote[]> {
  const votes = await Promise.all(items.map(ask));
  return votes.filter((vote) => vote !== null);
}

/**
 * What enough of the voters agree on.
 *
 * @param of.choice what a vote is for
 * @returns the votes for it; empty without an agreement, and with a single voter, who agrees with nobody.
 */
export function agreement<Vote>(votes: readonly Vote[], choice: (vote: Vote) => string): Vote[] {
  if (votes.length < 2) return [];
  const byChoice = new Map<string, Vote[]>();
  for (const vote of votes) byChoice.set(choice(vote), [...(byChoice.get(choice(vote)) ?? []), vote]);
  const [most = []] = [...byChoice.values()].sort((a, b) => b.length - a.length);
  return most.length / votes.length >= CONSENSUS ? most : [];
}

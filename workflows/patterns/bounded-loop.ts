/**
 * Goes on until a round ends it, and never longer than `most` rounds: whatever a model wants, a turn ends. The count is the
 * caller's, so that a loop that is entered again goes on where it was.
 *
 * @returns null when the bound was reached first.
 */
export async function boundedLoop<Result>(
  progress: { rounds: number },
  most: number,
  round: (number: number) => Promise<Result | null>,
): Promise<Result | null> {
  while (progress.rounds < most) {
    progress.rounds++;
    const result = await round(progress.rounds);
    if (result !== null) return result;
  }
  return null;
}

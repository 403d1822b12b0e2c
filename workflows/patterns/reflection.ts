/**
 * What was made is checked before it leaves, and made anew while the check says so. The check must end this: it knows how
 * often it sent the work back.
 *
 * @returns what the check lets out, or why there was nothing to check.
 */
export async function reflect<Outcome, Failure>(of: {
  /** Null when it is made; else why it could not be. */
  produce: () => Promise<Failure | null>;
  /** Null: once more. */
  check: () => Promise<Outcome | null>;
}): Promise<{ outcome: Outcome } | { failure: Failure }> {
  for (;;) {
    const failure = await of.produce();
    if (failure !== null) return { failure };
    const outcome = await of.check();
    if (outcome !== null) return { outcome };
  }
}

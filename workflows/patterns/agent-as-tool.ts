/**
 * Another agent does a part of the work and answers as a tool does: what it says is data for whoever asked, and its failure is
 * an answer too. How deep agents ask agents is bounded here; how much they may spend, where the call is opened.
 */
export async function agentAsTool<Failure>(of: {
  /** How deep whoever asks is: 0 is asked by a person or program. */
  depth: number;
  most: number;
  ask: () => Promise<void>;
  /** @throws what is no failure of the other agent */
  failureOf: (error: unknown) => Failure;
  /** Keeps why there is no answer. */
  answerWith: (failure: Failure | 'TOO_DEEP') => Promise<void>;
}): Promise<void> {
  if (of.depth >= of.most) return of.answerWith('TOO_DEEP');
  try {
    await of.ask();
  } catch (error) {
    await of.answerWith(of.failureOf(error));
  }
}

/**
 * Confidence comes from evidence, not from how sure a model says it is: one statement is worth at most this much,
 * whatever the model claims.
 */
const SAID_ONCE_CEILING = 0.7;

/** Repetition closes half of the distance to here; only a person's confirmation could go further. */
export const REPEATED_CEILING = 0.95;
export const REPEATED_STEP = 0.5;

/** The start value of a fact the customer said once. A model may be less sure, never surer. */
export function initialConfidence(modelConfidence: number): number {
  return Math.min(Math.max(modelConfidence, 0), SAID_ONCE_CEILING);
}

/**
 * Confidence comes from evidence, not from how sure a model says it is: one statement is worth at most this much,
 * whatever the model claims.
 */
const SAID_ONCE_CEILING = 0.7;
/** What the customer says of somebody or something else. */
const HEARSAY_CEILING = 0.6;
/** A right the customer claims to have. Saying it again proves nothing. */
const CLAIMED_CEILING = 0.4;

/** Repetition closes half of the distance to here; only a person's word goes further. */
export const REPEATED_CEILING = 0.95;
export const REPEATED_STEP = 0.5;

/** Written or confirmed by a person of the company. */
export const PERSON_CONFIDENCE = 0.99;

/** The start value of a fact the customer said once. A model may be less sure, never surer. */
export function initialConfidence(
  modelConfidence: number,
  { isClaimed, isAboutContact }: { isClaimed: boolean; isAboutContact: boolean },
): number {
  const ceiling = isClaimed ? CLAIMED_CEILING : isAboutContact ? SAID_ONCE_CEILING : HEARSAY_CEILING;
  return Math.min(Math.max(modelConfidence, 0), ceiling);
}

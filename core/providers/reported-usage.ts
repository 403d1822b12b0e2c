import { z } from 'zod';

/** Tokens, as a provider counts them. */
export const tokens = z.number().int().min(0);
export const count = tokens.nullish();

/**
 * For `.catch` of the whole usage of an answer: a bill that cannot be (a negative count, a word for a number) is as if it were
 * not said. The answer is of use all the same and must not be bought again; it costs what was reserved for it.
 */
export const unsaid = (): undefined => undefined;

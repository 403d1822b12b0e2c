import { AppError } from '../errors';
import type { Usage } from '../providers/ports';

/** What a price can be for, named as in the price file. */
export const PRICE_UNITS = [
  'inputPerMillionTokens',
  'cachedInputPerMillionTokens',
  'outputPerMillionTokens',
  'perAudioHour',
  'perPage',
  'perImage',
  'perMessage',
] as const;
export type PriceUnit = (typeof PRICE_UNITS)[number];

/** What one model of one provider costs, in micro-dollars per unit. */
export interface Price extends Partial<Record<PriceUnit, number | undefined>> {
  provider: string;
  model: string;
  /** Where the price was read. */
  source: string;
  /** When, if not on the day of the file. */
  asOf?: Date;
  free?: true | undefined;
  /** The shortest audio the provider bills. */
  leastAudioSeconds?: number | undefined;
}

const TOKENS_PER_PRICE = 1_000_000;
const SECONDS_PER_PRICE = 3600;

/** `usage` as the provider bills it: audio has a shortest length. */
export function billedUsage({ leastAudioSeconds }: Price, usage: Usage): Usage {
  if (usage.audioSeconds === undefined || leastAudioSeconds === undefined) return usage;
  return { ...usage, audioSeconds: Math.max(usage.audioSeconds, leastAudioSeconds) };
}

/**
 * What `usage` costs, in whole micro-dollars, rounded up once at the end.
 * Cached input tokens are billed at their own price, or as ordinary ones where the provider has none.
 */
export function costMicros(price: Price, usage: Usage): number {
  if (price.free) return 0;
  const cached = usage.cachedInputTokens ?? 0;
  const fresh = Math.max(0, (usage.inputTokens ?? 0) - cached);
  const tokenPart =
    fresh * (price.inputPerMillionTokens ?? 0) +
    cached * (price.cachedInputPerMillionTokens ?? price.inputPerMillionTokens ?? 0) +
    (usage.outputTokens ?? 0) * (price.outputPerMillionTokens ?? 0);
  const audioPart = (billedUsage(price, usage).audioSeconds ?? 0) * (price.perAudioHour ?? 0);
  const piecePart =
    (usage.pages ?? 0) * (price.perPage ?? 0) +
    (usage.images ?? 0) * (price.perImage ?? 0) +
    (usage.messages ?? 0) * (price.perMessage ?? 0);
  const exact = tokenPart / TOKENS_PER_PRICE + audioPart / SECONDS_PER_PRICE + piecePart;
  return Math.max(0, Math.ceil(exact - ROUNDING_NOISE));
}

/**
 * Whether `usage` holds what the price is for. No call of a model that is paid by the token uses none, so zero tokens are
 * a count that is missing.
 */
export function isMeasured(price: Price, usage: Usage): boolean {
  if (price.free) return true;
  const isPaidByToken = price.inputPerMillionTokens !== undefined || price.outputPerMillionTokens !== undefined;
  if (isPaidByToken && !usage.inputTokens && !usage.outputTokens) return false;
  if (price.perAudioHour !== undefined && usage.audioSeconds === undefined) return false;
  if (price.perImage !== undefined && usage.images === undefined) return false;
  if (price.perMessage !== undefined && usage.messages === undefined) return false;
  return price.perPage === undefined || usage.pages !== undefined;
}

/**
 * The most that a call can cost.
 *
 * @throws AppError PRICE_UNKNOWN when the call can use what the row has no price for, such as output tokens of a model
 * that is listed with input tokens only: it would come out free
 */
export function mostMicros(price: Price, upperBound: Usage): number {
  const unpriced = price.free ? undefined : USED_BY.find(([used, units]) => !isPriced(price, upperBound[used], units));
  if (!unpriced) return costMicros(price, upperBound);
  throw new AppError(
    'PRICE_UNKNOWN',
    `The price of ${price.provider}/${price.model} has no ${unpriced[1].join(' or ')}; add it to its row`,
  );
}

/** An image is billed as tokens or by the piece. */
const USED_BY: readonly (readonly [used: Exclude<keyof Usage, 'cachedInputTokens'>, units: PriceUnit[]])[] = [
  ['inputTokens', ['inputPerMillionTokens']],
  ['outputTokens', ['outputPerMillionTokens']],
  ['audioSeconds', ['perAudioHour']],
  ['pages', ['perPage']],
  ['images', ['perImage', 'inputPerMillionTokens']],
  ['messages', ['perMessage']],
];

function isPriced(price: Price, used: number | undefined, units: PriceUnit[]): boolean {
  return !used || units.some((unit) => price[unit] !== undefined);
}

/** Division leaves errors far below a micro-dollar; without this, an exact amount could be rounded up by one. */
const ROUNDING_NOISE = 1e-6;

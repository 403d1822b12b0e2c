import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../errors';
import { projectRoot } from '../project-root';
import type { Usage } from '../providers/ports';

const micros = z.number().int().min(0);

const priceSchema = z.object({
  provider: z.string(),
  model: z.string(),
  free: z.literal(true).optional(),
  inputPerMillionTokens: micros.optional(),
  cachedInputPerMillionTokens: micros.optional(),
  outputPerMillionTokens: micros.optional(),
  perAudioHour: micros.optional(),
  /** The shortest audio the provider bills. */
  leastAudioSeconds: z.number().min(0).optional(),
  perPage: micros.optional(),
  source: z.string(),
});

const fileSchema = z.object({ asOf: z.iso.date(), comment: z.string().optional(), prices: z.array(priceSchema) });

export type Price = z.output<typeof priceSchema>;

export interface PriceTable {
  /** The day on which the prices were looked up. */
  asOf: Date;
  /** @throws AppError PRICE_UNKNOWN: a model without a price is refused, never free. */
  priceOf(provider: string, model: string): Price;
}

/** Reads config/prices.json, the one table of prices. All amounts are micro-dollars. */
export function loadPrices(file = path.join(projectRoot(), 'config/prices.json')): PriceTable {
  const { asOf, prices } = fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const byModel = new Map(prices.map((price) => [`${price.provider}/${price.model}`, price]));
  return {
    asOf: new Date(asOf),
    priceOf(provider, model) {
      const price = byModel.get(`${provider}/${model}`);
      if (price) return price;
      throw new AppError('PRICE_UNKNOWN', `config/prices.json has no price for ${provider}/${model}; add a row for it`);
    },
  };
}

const TOKENS_PER_PRICE = 1_000_000;
const SECONDS_PER_PRICE = 3600;

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
  const billedSeconds =
    usage.audioSeconds === undefined ? 0 : Math.max(usage.audioSeconds, price.leastAudioSeconds ?? 0);
  const audioPart = billedSeconds * (price.perAudioHour ?? 0);
  const pagePart = (usage.pages ?? 0) * (price.perPage ?? 0);
  const exact = tokenPart / TOKENS_PER_PRICE + audioPart / SECONDS_PER_PRICE + pagePart;
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
  return price.perPage === undefined || usage.pages !== undefined;
}

/** Division leaves errors far below a micro-dollar; without this, an exact amount could be rounded up by one. */
const ROUNDING_NOISE = 1e-6;

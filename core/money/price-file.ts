import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { AppError, errorMessage } from '../errors';
import { PRICE_UNITS, type Price } from './prices';

/** The whole of a price file: all amounts are micro-dollars. */
export interface PriceFile {
  /** The day on which the prices were looked up. A row may say a day of its own. */
  asOf: Date;
  prices: Price[];
}

const headSchema = z.object({
  asOf: z.iso.date('asOf must be the day on which the prices were looked up, for example 2026-11-22'),
  unit: z.literal('micro-dollar', 'unit must be "micro-dollar"').optional(),
  prices: z.array(z.record(z.string(), z.unknown()), 'prices must be a list of rows'),
});

const micros = z
  .number('must be a number of micro-dollars')
  .int('must be a whole number of micro-dollars')
  .min(0, 'must not be negative');

const rowSchema = z.strictObject({
  provider: z.string('is missing').min(1),
  model: z.string('is missing').min(1),
  source: z.string('is missing: say where the price was read').min(1),
  asOf: z.iso.date('must be a day such as 2026-11-22').optional(),
  free: z.literal(true, 'is true or absent').optional(),
  inputPerMillionTokens: micros.optional(),
  cachedInputPerMillionTokens: micros.optional(),
  outputPerMillionTokens: micros.optional(),
  perAudioHour: micros.optional(),
  leastAudioSeconds: z.number().min(0, 'must not be negative').optional(),
  perPage: micros.optional(),
  perImage: micros.optional(),
  perMessage: micros.optional(),
});

/**
 * Reads and checks a price file.
 *
 * @throws AppError VALIDATION_ERROR that names every row and field that is wrong: a missing or negative price, an unknown
 * unit, a model that is listed twice
 */
export function readPriceFile(file: string): PriceFile {
  return parsePrices(readJson(file), file);
}

/** @throws AppError VALIDATION_ERROR, see `readPriceFile` */
export function parsePrices(content: unknown, file: string): PriceFile {
  const head = headSchema.safeParse(content);
  if (!head.success) throw unusable(file, [...new Set(head.error.issues.map(({ message }) => message))]);
  const problems: string[] = [];
  const prices: Price[] = [];
  const seen = new Set<string>();
  for (const [index, row] of head.data.prices.entries()) {
    const name = `row ${index + 1} (${String(row['provider'] ?? '?')}/${String(row['model'] ?? '?')})`;
    const { price, wrong } = readRow(row);
    problems.push(...wrong.map((problem) => `${name}: ${problem}`));
    if (!price) continue;
    const key = `${price.provider}/${price.model}`;
    if (seen.has(key)) problems.push(`${name}: the model is listed twice`);
    seen.add(key);
    prices.push(price);
  }
  if (problems.length > 0) throw unusable(file, problems);
  return { asOf: new Date(head.data.asOf), prices };
}

function readRow(row: unknown): { price: Price | null; wrong: string[] } {
  const parsed = rowSchema.safeParse(row);
  if (!parsed.success) {
    return {
      price: null,
      wrong: parsed.error.issues.map((issue) =>
        issue.code === 'unrecognized_keys'
          ? `unknown unit ${issue.keys.join(', ')}; the units are ${PRICE_UNITS.join(', ')}`
          : `${issue.path.join('.')} ${issue.message}`,
      ),
    };
  }
  const { asOf, ...price } = parsed.data;
  return { price: { ...price, ...(asOf ? { asOf: new Date(asOf) } : {}) }, wrong: inconsistencies(price) };
}

function inconsistencies(price: Price): string[] {
  const named = PRICE_UNITS.filter((unit) => price[unit] !== undefined);
  if (price.free) return named.length > 0 ? [`is free and has a price (${named.join(', ')})`] : [];
  const wrong: string[] = [];
  if (!named.some((unit) => (price[unit] ?? 0) > 0)) wrong.push('has no price; say "free": true if it costs nothing');
  const needsInput = price.outputPerMillionTokens !== undefined || price.cachedInputPerMillionTokens !== undefined;
  if (needsInput && price.inputPerMillionTokens === undefined) wrong.push('inputPerMillionTokens is missing');
  return wrong;
}

function unusable(file: string, problems: string[]): AppError {
  return new AppError('VALIDATION_ERROR', `The price file ${file} is not usable:\n  ${problems.join('\n  ')}`, {
    fields: problems.map((message) => ({ field: 'prices', message })),
  });
}

function readJson(file: string): unknown {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
    return JSON.parse(text);
  } catch (error) {
    throw unusable(file, [`${placeOf(error, text)}${errorMessage(error)}`]);
  }
}

/** Where the JSON breaks off, as an editor counts. Node says a number of characters, or quotes what stands there. */
function placeOf(error: unknown, text: string): string {
  const position = error instanceof SyntaxError ? /at position (\d+)/.exec(error.message)?.[1] : undefined;
  if (position === undefined) return '';
  const before = text.slice(0, Number(position)).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: `;
}

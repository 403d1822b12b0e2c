import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { InvoiceRow } from './types';

/** One line of the file that a provider sends at the end of the month. */
export interface InvoiceFileLine {
  provider: string;
  model: string;
  unit: string;
  quantity: number;
  /** Micro-dollars, exact: tokens cost fractions of one. */
  amount_micros: number;
  /** Empty where the provider gives its answers no name. */
  request_id: string;
  date: string;
}

const price = z.number().optional();
const priceList = z.object({
  prices: z.array(
    z.object({
      provider: z.string(),
      model: z.string(),
      inputPerMillionTokens: price,
      cachedInputPerMillionTokens: price,
      outputPerMillionTokens: price,
      perAudioHour: price,
      leastAudioSeconds: price,
      perPage: price,
      perImage: price,
    }),
  ),
});
type PublishedPrice = z.output<typeof priceList>['prices'][number];

/** Prices the calls by the providers' published prices, reckoned here and not by the product. */
export function invoiceLines(rows: readonly InvoiceRow[]): InvoiceFileLine[] {
  const { prices } = priceList.parse(
    JSON.parse(readFileSync(path.join(projectFolder(), 'config/prices.json'), 'utf8')),
  );
  const byModel = new Map(prices.map((one) => [`${one.provider}/${one.model}`, one]));
  return rows.flatMap((row) => {
    const published = byModel.get(`${row.provider}/${row.model}`);
    if (!published) throw new Error(`${row.provider} has no published price for ${row.model}`);
    return unitsOf(row, published)
      .filter(({ quantity, each }) => quantity > 0 && each > 0)
      .map(({ unit, quantity, each }) => ({
        provider: row.provider,
        model: row.model,
        unit,
        quantity,
        amount_micros: quantity * each,
        request_id: row.requestId ?? '',
        date: row.at,
      }));
  });
}

function unitsOf(row: InvoiceRow, published: PublishedPrice): { unit: string; quantity: number; each: number }[] {
  const perToken = (perMillion: number | undefined) => (perMillion ?? 0) / 1_000_000;
  const cachedPrice = published.cachedInputPerMillionTokens;
  const cachedTokens = cachedPrice === undefined ? 0 : row.cachedInputTokens;
  const audioSeconds = row.audioSeconds > 0 ? Math.max(row.audioSeconds, published.leastAudioSeconds ?? 0) : 0;
  return [
    {
      unit: 'input_tokens',
      quantity: row.inputTokens - cachedTokens,
      each: perToken(published.inputPerMillionTokens),
    },
    { unit: 'cached_input_tokens', quantity: cachedTokens, each: perToken(cachedPrice) },
    { unit: 'output_tokens', quantity: row.outputTokens, each: perToken(published.outputPerMillionTokens) },
    { unit: 'audio_seconds', quantity: audioSeconds, each: (published.perAudioHour ?? 0) / 3_600 },
    { unit: 'pages', quantity: row.pages, each: published.perPage ?? 0 },
    { unit: 'images', quantity: row.images, each: published.perImage ?? 0 },
  ];
}

/** Above this file, or above dist/ when it is compiled. */
function projectFolder(): string {
  const above = path.join(__dirname, '..');
  return path.basename(above) === 'dist' ? path.join(above, '..') : above;
}

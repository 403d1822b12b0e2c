import { statSync } from 'node:fs';
import path from 'node:path';
import { AppError, errorMessage } from '../errors';
import { projectRoot } from '../project-root';
import { readPriceFile, type PriceFile } from './price-file';
import type { Price } from './prices';

export interface PriceTable {
  /** @throws AppError PRICE_UNKNOWN: a model without a price is refused, never free. */
  priceOf(provider: string, model: string): Price & { asOf: Date };
}

/** A change of the file is seen within this time. */
const LOOK_AGAIN_MS = 2_000;

export interface PriceTableOptions {
  /** Absent: config/prices.json. */
  file?: string | undefined;
  /** Told when the file changed: taken over, or why not. */
  logger?: { info(of: object, message: string): void; error(of: object, message: string): void } | undefined;
  lookAgainMs?: number;
}

/**
 * The one table of prices. The file is read now and again whenever it has changed, without a restart. A changed file that
 * is not usable is reported and the table before it stays: prices that were right a minute ago are better than none.
 *
 * @throws AppError VALIDATION_ERROR when the file is not usable at the start
 */
export function loadPrices({ file, logger, lookAgainMs = LOOK_AGAIN_MS }: PriceTableOptions = {}): PriceTable {
  const at = file ?? path.join(projectRoot(), 'config/prices.json');
  // Tenants read this name in errors, and where the product is installed is none of their business.
  const name = file === undefined ? 'config/prices.json' : path.basename(file);
  let seen = versionOf(at);
  let table = indexed(readPriceFile(at));
  let lookAtMs = Date.now() + lookAgainMs;

  function reloadIfChanged(): void {
    if (Date.now() < lookAtMs) return;
    lookAtMs = Date.now() + lookAgainMs;
    const version = versionOf(at);
    if (version === seen) return;
    seen = version;
    try {
      table = indexed(readPriceFile(at));
      logger?.info({ file: at, models: table.size }, 'the prices were read again');
    } catch (error) {
      logger?.error(
        { file: at, reason: errorMessage(error) },
        'the changed price file is not usable; the old prices stay',
      );
    }
  }

  return {
    priceOf(provider, model) {
      reloadIfChanged();
      const price = table.get(`${provider}/${model}`);
      if (price) return price;
      throw new AppError('PRICE_UNKNOWN', `${name} has no price for ${provider}/${model}; add a row for it`);
    },
  };
}

function indexed({ asOf, prices }: PriceFile): ReadonlyMap<string, Price & { asOf: Date }> {
  return new Map(prices.map((price) => [`${price.provider}/${price.model}`, { asOf, ...price }]));
}

/** Changes when the file does; `gone` while an editor replaces it. */
function versionOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs}/${stat.size}/${stat.ino}` : 'gone';
}

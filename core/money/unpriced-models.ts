import type { Config } from '../config';
import { isAppError } from '../errors';
import { configuredModels, type ConfiguredModel } from '../providers/models';
import type { PriceTable } from './price-table';

export type UnpricedModel = ConfiguredModel & {
  /** Names the price file and the model. */
  problem: string;
};

/**
 * The models of this configuration, and of chains of projects and their agents, that no row of the price file is about: every call of
 * one is refused, and so is every call of a usual model whose cheaper one has no price.
 */
export function unpricedModels(
  { config, prices }: { config: Config; prices: PriceTable },
  inChains: readonly ConfiguredModel[] = [],
): UnpricedModel[] {
  return [...configuredModels(config), ...inChains].flatMap((configured) => {
    try {
      prices.priceOf(configured.name, configured.model);
      return [];
    } catch (error) {
      if (!isAppError(error, 'PRICE_UNKNOWN')) throw error;
      return [{ ...configured, problem: error.message }];
    }
  });
}

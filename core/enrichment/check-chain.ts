import type { Config } from '../config';
import { isAppError, type FieldError } from '../errors';
import type { PriceTable } from '../money/price-table';
import { isConfigured, modelOf, providersOf, type ProviderKind } from '../providers/requirements';
import { providerKindOf, splitChainEntry, type MediaType } from './media-settings';

/** What is wrong with a chain that somebody wants to set; empty when every place of it can be tried. */
export function chainFaults(
  { config, prices }: { config: Config; prices: PriceTable },
  type: MediaType,
  chain: readonly string[],
): FieldError[] {
  const kind = providerKindOf(type);
  const field = `${type}.chain`;
  if (kind === null) return [{ field, message: 'a video is read by the chains of image (frames) and audio (sound)' }];
  return placeFaults({ config, prices }, { kind, field, chain });
}

/** What is wrong with the places of a chain of providers of this kind. `field` names it in what is said. */
export function placeFaults(
  { config, prices }: { config: Config; prices: PriceTable },
  { kind, field, chain }: { kind: ProviderKind; field: string; chain: readonly string[] },
): FieldError[] {
  const possible = providersOf(kind);
  return chain.flatMap((entry, index): FieldError[] => {
    const at = `${field}.${index}`;
    const { provider, model } = splitChainEntry(entry);
    const name = possible.find((one) => one === provider);
    if (name === undefined) return [{ field: at, message: `${provider} is unknown; use ${possible.join(' or ')}` }];
    if (chain.indexOf(entry) < index) return [{ field: at, message: `${entry} is in the chain already` }];
    if (!isConfigured(config, name)) return [{ field: at, message: `${provider} has no credentials in this process` }];
    try {
      prices.priceOf(provider, model ?? modelOf(config, { kind, name }));
      return [];
    } catch (error) {
      if (!isAppError(error, 'PRICE_UNKNOWN')) throw error;
      return [{ field: at, message: `${error.message}: a model without a price is never called` }];
    }
  });
}

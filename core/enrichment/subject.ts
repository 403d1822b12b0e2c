import { AppError } from '../errors';
import type { CostSubject } from '../money/types';
import { splitChainEntry } from './media-settings';
import type { EnrichmentRow } from './repository';

/** Who a cost of this enrichment belongs to. */
export function costSubject(row: EnrichmentRow): CostSubject {
  return {
    enrichmentId: row.id,
    contactId: row.contactId ?? row.messageContactId,
    conversationId: row.conversationId ?? row.messageConversationId,
  };
}

/**
 * The provider of a place in a chain: `groq`, or `groq/whisper-large-v3` for another model than the configured one.
 *
 * @throws AppError PROVIDER_NOT_CONFIGURED
 */
export function requireProvider<P extends { model: string; withModel?(model: string): P }>(
  providers: ReadonlyMap<string, P>,
  entry: string,
): P {
  const { provider: name, model } = splitChainEntry(entry);
  const provider = providers.get(name);
  if (!provider) {
    throw new AppError(
      'PROVIDER_NOT_CONFIGURED',
      `The provider ${name} has no credentials; set them or take it out of its chain`,
    );
  }
  if (model === null || model === provider.model) return provider;
  if (provider.withModel) return provider.withModel(model);
  throw new AppError('PROVIDER_NOT_CONFIGURED', `${name} has one model only, ${provider.model}, and no ${model}`);
}

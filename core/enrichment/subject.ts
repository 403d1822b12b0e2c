import { AppError } from '../errors';
import type { CostSubject } from '../money/types';
import type { EnrichmentRow } from './repository';

/** Who a cost of this enrichment belongs to. */
export function costSubject(row: EnrichmentRow): CostSubject {
  return {
    enrichmentId: row.id,
    contactId: row.contactId ?? row.messageContactId,
    conversationId: row.conversationId ?? row.messageConversationId,
  };
}

/** @throws AppError PROVIDER_NOT_CONFIGURED */
export function requireProvider<P>(providers: ReadonlyMap<string, P>, name: string): P {
  const provider = providers.get(name);
  if (provider) return provider;
  throw new AppError(
    'PROVIDER_NOT_CONFIGURED',
    `The provider ${name} has no credentials; set them or take it out of its chain`,
  );
}

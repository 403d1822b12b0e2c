import { countOffers, lifetimeValueOf } from '../../crm/retention';
import { feelingOf, severityOf } from '../../crm/severity';
import type { Tx } from '../../database';
import type { TurnSignals } from './types';

/** What the rules look at, from what the customer writes now and what was done before. */
export async function readSignals(
  tx: Tx,
  tenantId: string,
  { contactId, text }: { contactId: string; text: string },
): Promise<TurnSignals> {
  const contact = await tx.contact.findUnique({
    where: { tenantId_id: { tenantId, id: contactId } },
    select: { customFields: true },
  });
  const { severity, because } = severityOf(text);
  return {
    sentiment: feelingOf(text),
    severity,
    severityBecause: because,
    lifetimeValue: lifetimeValueOf(contact?.customFields),
    ...(await countOffers(tx, tenantId, contactId)),
  };
}

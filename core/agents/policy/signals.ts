import { lifetimeValueOf } from '../../crm/retention';
import { countOffers } from '../../crm/retention-offers';
import { feelingOf, severityOf } from '../../crm/severity';
import { sqlFile, type Tx } from '../../database';
import type { TurnSignals } from './types';

/**
 * What the rules look at, from what the customer writes now and what was done before.
 *
 * @param of.contactId null: somebody of whom nothing is known
 */
export async function readSignals(
  tx: Tx,
  tenantId: string,
  { contactId, text }: { contactId: string | null; text: string },
): Promise<TurnSignals> {
  const { severity, because } = severityOf(text);
  return {
    sentiment: feelingOf(text),
    severity,
    severityBecause: because,
    ...(contactId === null ? NOBODY_KNOWN : await readContact(tx, tenantId, contactId)),
  };
}

const NOBODY_KNOWN = { lifetimeValue: null, offersMade: 0, offersRefused: 0 };

async function readContact(tx: Tx, tenantId: string, contactId: string) {
  const [contacts, offers] = await Promise.all([
    tx.$queryRawUnsafe<{ customFields: unknown }[]>(
      sqlFile('core/agents/policy/sql/custom-fields.sql'),
      tenantId,
      contactId,
    ),
    countOffers(tx, tenantId, contactId),
  ]);
  return { lifetimeValue: lifetimeValueOf(contacts[0]?.customFields), ...offers };
}

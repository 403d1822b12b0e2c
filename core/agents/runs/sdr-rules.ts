import { leadAction } from '../../crm/lead-score';
import type { Tx } from '../../database';

const HOUR_MS = 3600_000;
/** Domain reference, section 5: 60 to 79 points are followed up in one to two days. */
const FOLLOW_UP_HOURS = { from: 24, to: 48 } as const;

/**
 * What the SDR may do with a lead, by the score that is on it: from 80 points it is given to a seller, from 60 it is followed
 * up in one or two days, and below 40 nobody writes to it. The rule's name and why; null: it may.
 */
export async function sdrRefusal(
  tx: Tx,
  { tenantId, contactId }: { tenantId: string; contactId: string | null },
  { tool, input }: { tool: string; input: Readonly<Record<string, unknown>> },
): Promise<{ rule: string; reason: string } | null> {
  if (contactId === null || (tool !== 'assign_to_agent' && tool !== 'create_follow_up_task')) return null;
  const contact = await tx.contact.findFirst({ where: { tenantId, id: contactId }, select: { leadScore: true } });
  const score = contact?.leadScore ?? null;
  if (score === null)
    return { rule: 'lead_action', reason: 'qualify the lead first: its score says what becomes of it' };
  const action = leadAction(score);
  const refused = (reason: string) => ({ rule: 'lead_action', reason: `a lead of ${score} points ${reason}` });
  if (tool === 'assign_to_agent') return action === 'assign_now' ? null : refused('is not given to a seller');
  if (action === 'decline') return refused('is declined, and nobody writes to it again');
  if (action !== 'follow_up') return null;
  const hours = (new Date(String(input['scheduled_at'])).getTime() - Date.now()) / HOUR_MS;
  return hours >= FOLLOW_UP_HOURS.from - 1 && hours <= FOLLOW_UP_HOURS.to + 1
    ? null
    : refused('is followed up in one to two days');
}

import { lockConversation } from '../../conversation/turns';
import { sqlFile, type Database, type Tx } from '../../database';
import { isAppError } from '../../errors';
import { addContactEvent } from '../contact-events';
import { queueMessage } from '../send-message';
import { tellFollowUp, type FollowUpStatus } from './follow-ups';

export interface FollowUpRef {
  tenantId: string;
  followUpId: string;
}

/** The tag of a contact that wants no messages it did not ask for. */
export const OPT_OUT_TAG = 'opt_out';

interface DueRow {
  contactId: string;
  channelId: string;
  text: string;
  createdBy: string | null;
  createdAt: Date;
  waitMs: number;
}

interface Outcome {
  status: FollowUpStatus;
  reason: string | null;
  messageId: string | null;
}

/**
 * Sends a follow-up whose time has come, or says how long to wait. Queueing the message and marking the follow-up are one
 * transaction, so doing it again sends nothing more.
 *
 * @returns the wait in milliseconds, 0 when it is over: sent, skipped, failed, cancelled or deleted.
 */
export function sendWhenDue(db: Database, { tenantId, followUpId }: FollowUpRef): Promise<{ waitMs: number }> {
  return db.withTenant(tenantId, async (tx) => {
    const sql = sqlFile('core/crm/sql/lock_follow_up.sql');
    const [due] = await tx.$queryRawUnsafe<DueRow[]>(sql, tenantId, followUpId);
    if (!due) return { waitMs: 0 };
    if (due.waitMs > 0) return { waitMs: due.waitMs };
    const outcome = await decide(tx, tenantId, due);
    await tx.followUp.updateMany({
      where: { tenantId, id: followUpId },
      data: { ...outcome, version: { increment: 1 }, updatedAt: new Date() },
    });
    const { contactId } = due;
    const { status, reason } = outcome;
    await tellFollowUp(tx, {
      tenantId,
      followUp: { id: followUpId, contactId, status },
      eventType: `follow_up.${status}`,
      actor: { by: 'system' },
    });
    await addContactEvent(tx, tenantId, {
      contactId,
      category: 'notification',
      eventType: `follow_up_${status}`,
      title: reason ?? status,
      payload: { follow_up_id: followUpId },
      source: 'system',
    });
    return { waitMs: 0 };
  });
}

async function decide(tx: Tx, tenantId: string, due: DueRow): Promise<Outcome> {
  const reason = await whyNot(tx, tenantId, due);
  if (reason) return { status: 'skipped', reason, messageId: null };
  try {
    const { messageId } = await queueMessage(tx, tenantId, {
      contactId: due.contactId,
      channelId: due.channelId,
      contentType: 'text',
      text: due.text,
      mediaUrl: null,
      // As a bot's, it is cancelled by a take-over while it is still queued.
      source: due.createdBy === 'agent' ? 'bot' : 'manual',
    });
    return { status: 'sent', reason: null, messageId };
  } catch (error) {
    // Refusals are read and not written: the transaction still holds.
    if (isAppError(error, 'INVARIANT_VIOLATION') || isAppError(error, 'NOT_FOUND'))
      return { status: 'failed', reason: error.code, messageId: null };
    throw error;
  }
}

/** What came between. The conversation is locked, so that a hand-over happens before or after. */
async function whyNot(tx: Tx, tenantId: string, { contactId, channelId, createdAt }: DueRow): Promise<string | null> {
  const contact = await tx.contact.findFirst({
    where: { tenantId, id: contactId, deletedAt: null },
    select: { tags: true },
  });
  if (!contact) return 'contact_deleted';
  if (contact.tags.includes(OPT_OUT_TAG)) return 'opted_out';
  const conversations = await tx.conversation.findMany({
    where: { tenantId, contactId, channelId },
    orderBy: { id: 'asc' },
    select: { id: true },
  });
  for (const { id } of conversations) {
    const { handler } = await lockConversation(tx, tenantId, id);
    if (handler === 'ai') continue;
    const changed = await tx.conversation.count({ where: { tenantId, id, handlerChangedAt: { gt: createdAt } } });
    if (changed > 0) return 'with_a_person';
  }
  return null;
}

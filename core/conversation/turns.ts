import { cancelApprovals } from '../agents/approvals/cancel';
import { sqlFile, type Database, type Tx } from '../database';
import { AppError } from '../errors';
import { newId } from '../ids';
import type { Handler } from './types';

export interface OpenTurnRequest {
  tenantId: string;
  conversationId: string;
  messageIds: string[];
  /** At least one of the messages is a customer's, for the agent. */
  asksForReply: boolean;
  kind: 'messages' | 'late_media';
}

export interface OpenedTurn {
  turnId: string;
  /** The messages of this turn that no turn had before. */
  messageIds: string[];
  handler: Handler;
  needsReply: boolean;
}

interface ClaimedMessage {
  messageId: string;
  groupId: string;
  status: string;
}

/**
 * Groups messages into a turn. A message belongs to one turn (and to one more if its text came late), whatever is
 * delivered twice: the primary key of message_group_messages decides. Running it again for the same messages, after a
 * crash, gives the same turn.
 *
 * @returns null when every message has had its turn, in one or in several.
 * @throws AppError NOT_FOUND
 */
export function openTurn(db: Database, request: OpenTurnRequest): Promise<OpenedTurn | null> {
  const { tenantId, conversationId } = request;
  return db.withTenant(tenantId, async (tx) => {
    const conversation = await lockConversation(tx, tenantId, conversationId);
    const claimed = await claimedMessages(tx, request);
    const answered = request.kind === 'late_media' ? await seenInTime(tx, request) : [];
    const fresh = request.messageIds.filter(
      (id) => !answered.includes(id) && !claimed.some(({ messageId }) => messageId === id),
    );
    if (fresh.length === 0) return reopenTurn(tx, request, conversation, claimed);
    const needsReply = request.asksForReply && conversation.handler === 'ai';
    const turnId = newId();
    await tx.$executeRawUnsafe(
      sqlFile('core/conversation/sql/open-turn.sql'),
      tenantId,
      turnId,
      conversationId,
      fresh,
      request.kind,
      conversation.handlerVersion,
      needsReply ? 'pending' : 'completed',
    );
    return { handler: conversation.handler, needsReply, turnId, messageIds: fresh };
  });
}

/** The turn that an earlier attempt opened for these messages, as it stands now. */
async function reopenTurn(
  tx: Tx,
  { tenantId, asksForReply }: OpenTurnRequest,
  conversation: LockedConversation,
  claimed: ClaimedMessage[],
): Promise<OpenedTurn | null> {
  const [first] = claimed;
  if (!first || claimed.some(({ groupId }) => groupId !== first.groupId)) return null;
  const { handler, handlerVersion } = conversation;
  const isOpen = first.status === 'pending' || first.status === 'processing';
  const needsReply = isOpen && asksForReply && handler === 'ai';
  if (first.status === 'pending' && needsReply) {
    // Nothing was written behind the old fence yet.
    await tx.messageGroup.update({
      where: { tenantId_id: { tenantId, id: first.groupId } },
      data: { handlerVersion },
    });
  }
  if (isOpen && !needsReply) await finishGroup(tx, tenantId, first.groupId, 'completed');
  return { handler, needsReply, turnId: first.groupId, messageIds: claimed.map(({ messageId }) => messageId) };
}

function claimedMessages(tx: Tx, { tenantId, messageIds, kind }: OpenTurnRequest): Promise<ClaimedMessage[]> {
  return tx.$queryRawUnsafe<ClaimedMessage[]>(
    sqlFile('core/conversation/sql/claimed-messages.sql'),
    tenantId,
    messageIds,
    kind,
  );
}

/** Media that were read before their first turn began after all, so that turn has answered them. */
async function seenInTime(tx: Tx, { tenantId, messageIds }: OpenTurnRequest): Promise<string[]> {
  const rows = await tx.$queryRawUnsafe<{ messageId: string }[]>(
    sqlFile('core/conversation/sql/seen-in-time.sql'),
    tenantId,
    messageIds,
  );
  return rows.map(({ messageId }) => messageId);
}

/** A turn that ended without a word: its messages stay, and the decision says so. */
export function failTurn(db: Database, { tenantId, turnId }: { tenantId: string; turnId: string }): Promise<void> {
  return db.withTenant(tenantId, async (tx) => {
    await finishGroup(tx, tenantId, turnId, 'expired');
    await tx.decisionRecord.updateMany({
      where: { tenantId, groupId: turnId, outcome: null },
      data: { outcome: 'failed', finishedAt: new Date() },
    });
    await cancelApprovals(tx, tenantId, { of: { turnId }, reason: 'turn_failed' });
  });
}

/**
 * Takes a turn back whose answer is not written yet, because the customer goes on writing: its messages belong to no turn
 * any more, and nothing that is still under way for it is written. Twice is once.
 *
 * @returns `not_yet` before the turn is prepared, `too_late` when it is answered or a person was asked for.
 */
export function interruptTurn(
  db: Database,
  { tenantId, turnId }: { tenantId: string; turnId: string },
): Promise<{ result: 'interrupted' | 'not_yet' | 'too_late' }> {
  return db.withTenant(tenantId, async (tx) => {
    const where = { tenantId_groupId: { tenantId, groupId: turnId } };
    const opened = await tx.decisionRecord.findUnique({ where, select: { conversationId: true } });
    if (!opened) return { result: 'not_yet' };
    const { handler } = await lockConversation(tx, tenantId, opened.conversationId);
    const { outcome } = await tx.decisionRecord.findUniqueOrThrow({ where, select: { outcome: true } });
    if (outcome === 'interrupted') return { result: 'interrupted' };
    if (outcome !== null || handler !== 'ai') return { result: 'too_late' };
    await tx.decisionRecord.update({ where, data: { outcome: 'interrupted', finishedAt: new Date() } });
    await cancelApprovals(tx, tenantId, { of: { turnId }, reason: 'interrupted' });
    await finishGroup(tx, tenantId, turnId, 'expired');
    await tx.messageGroupMessage.deleteMany({ where: { tenantId, groupId: turnId } });
    return { result: 'interrupted' };
  });
}

export async function finishGroup(
  tx: Tx,
  tenantId: string,
  turnId: string,
  status: 'completed' | 'expired',
): Promise<void> {
  await tx.messageGroup.updateMany({
    where: { tenantId, id: turnId, status: { in: ['pending', 'processing'] } },
    data: { status, completedAt: new Date() },
  });
}

export interface LockedConversation {
  handler: Handler;
  handlerVersion: number;
}

/**
 * Everything that depends on who answers takes this lock first, so that a hand-over happens before or after it. Not
 * `for update`: rows that only refer to the conversation, above all new messages, must not wait for it.
 */
export async function lockConversation(tx: Tx, tenantId: string, conversationId: string): Promise<LockedConversation> {
  const rows = await tx.$queryRaw<LockedConversation[]>`
    select handler, handler_version as "handlerVersion" from conversations
    where tenant_id = ${tenantId}::uuid and id = ${conversationId}::uuid for no key update`;
  const row = rows[0];
  if (!row) throw new AppError('NOT_FOUND', 'The conversation does not exist');
  return row;
}

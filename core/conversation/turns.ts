import { cancelApprovals } from '../agents/approvals/cancel';
import { sqlFile, type Database, type Tx } from '../database';
import { AppError } from '../errors';
import { newId } from '../ids';
import type { ConversationMessage, Handler } from './types';
import { unansweredMessageIds, unansweredMessages } from './unanswered';

export interface OpenTurnRequest {
  tenantId: string;
  conversationId: string;
  messageIds: string[];
  /** At least one of the messages is a customer's, for the agent, and new. */
  asksForReply: boolean;
  kind: 'messages' | 'late_media';
  /** Those that a person gave back unanswered, and the handler's version with which they did. */
  handedBack?: { messageIds: string[]; handlerVersion: number };
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
  kind: string;
  groupId: string;
  status: string;
  handlerVersion: number;
}

/**
 * Groups messages into a turn. A message belongs to one turn (and to one more if its text came late), whatever is
 * delivered twice: the primary key of message_group_messages decides. Running it again for the same messages, after a
 * crash, gives the same turn. What was handed back has a second turn if nobody has answered it yet, and one only for each time.
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
    const unanswered = await stillUnanswered(tx, request, claimed);
    const known = claimed.filter(({ messageId }) => !unanswered.includes(messageId));
    const fresh = request.messageIds.filter(
      (id) => !answered.includes(id) && !known.some(({ messageId }) => messageId === id),
    );
    if (fresh.length === 0) return reopenTurn(tx, request, conversation, known);
    const needsReply = (request.asksForReply || unanswered.length > 0) && conversation.handler === 'ai';
    const again = claimed.map(({ messageId }) => messageId).filter((id) => unanswered.includes(id));
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
      again,
    );
    const messageIds = fresh.filter((id) => !again.includes(id));
    return { handler: conversation.handler, needsReply, turnId, messageIds };
  });
}

/**
 * What the agents are to answer of a conversation that a person has given back.
 *
 * @param of.handlerVersion with which it was given back; when somebody has it since, there is nothing
 */
export function handedBackMessages(
  db: Database,
  of: { tenantId: string; conversationId: string; handlerVersion: number },
  settings: { mediaWaitMs: number },
): Promise<ConversationMessage[]> {
  const { tenantId, conversationId, handlerVersion } = of;
  return db.withTenant(tenantId, async (tx) => {
    const conversation = await tx.conversation.findFirst({
      where: { tenantId, id: conversationId },
      select: { handlerVersion: true },
    });
    if (conversation?.handlerVersion !== handlerVersion) return [];
    const messages = await unansweredMessages(tx, of, settings);
    return messages.map((message) => ({ ...message, handedBackAt: handlerVersion }));
  });
}

/** Of what was handed back, what nobody answered meanwhile and no turn has had since. */
async function stillUnanswered(
  tx: Tx,
  { tenantId, conversationId, handedBack }: OpenTurnRequest,
  claimed: ClaimedMessage[],
): Promise<string[]> {
  if (!handedBack) return [];
  const { messageIds, handlerVersion } = handedBack;
  const had = claimed.filter((claim) => claim.handlerVersion >= handlerVersion).map(({ messageId }) => messageId);
  const unanswered = await unansweredMessageIds(tx, tenantId, conversationId);
  return messageIds.filter((id) => unanswered.includes(id) && !had.includes(id));
}

/** The turn that an earlier attempt opened for these messages, as it stands now. */
async function reopenTurn(
  tx: Tx,
  { tenantId, asksForReply, handedBack }: OpenTurnRequest,
  conversation: LockedConversation,
  claimed: ClaimedMessage[],
): Promise<OpenedTurn | null> {
  const [first] = claimed;
  if (!first || claimed.some(({ groupId }) => groupId !== first.groupId)) return null;
  const { handler, handlerVersion } = conversation;
  const isOpen = first.status === 'pending' || first.status === 'processing';
  const needsReply = isOpen && (asksForReply || handedBack !== undefined) && handler === 'ai';
  if (first.status === 'pending' && needsReply) {
    // Nothing was written behind the old fence yet.
    await tx.messageGroup.update({
      where: { tenantId_id: { tenantId, id: first.groupId } },
      data: { handlerVersion },
    });
  }
  if (isOpen && !needsReply) await finishGroup(tx, tenantId, first.groupId, 'completed');
  const fresh = claimed.filter(({ kind }) => kind !== 'handed_back');
  return { handler, needsReply, turnId: first.groupId, messageIds: fresh.map(({ messageId }) => messageId) };
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

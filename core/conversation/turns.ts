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
 * delivered twice: the primary key of message_group_messages decides. Running it again for the same messages gives the
 * same turn.
 *
 * @returns null when every message has had its turn.
 * @throws AppError NOT_FOUND
 */
export function openTurn(db: Database, request: OpenTurnRequest): Promise<OpenedTurn | null> {
  const { tenantId, conversationId, kind } = request;
  return db.withTenant(tenantId, async (tx) => {
    const conversation = await lockConversation(tx, tenantId, conversationId);
    const claimed = await tx.$queryRawUnsafe<ClaimedMessage[]>(
      sqlFile('core/conversation/sql/claimed-messages.sql'),
      tenantId,
      request.messageIds,
      kind,
    );
    const fresh = request.messageIds.filter((id) => !claimed.some(({ messageId }) => messageId === id));
    const needsReply = request.asksForReply && conversation.handler === 'ai';
    const common = { handler: conversation.handler, needsReply };
    const open = claimed.find(({ status }) => status === 'pending' || status === 'processing');
    if (fresh.length === 0 && open) {
      const own = claimed.filter(({ groupId }) => groupId === open.groupId).map(({ messageId }) => messageId);
      return { ...common, turnId: open.groupId, messageIds: own };
    }
    if (fresh.length === 0) return null;
    const turnId = newId();
    await tx.$executeRawUnsafe(
      sqlFile('core/conversation/sql/open-turn.sql'),
      tenantId,
      turnId,
      conversationId,
      fresh,
      kind,
      conversation.handlerVersion,
      needsReply ? 'pending' : 'completed',
    );
    return { ...common, turnId, messageIds: fresh };
  });
}

/** A turn that ended without a word: its messages stay, and the decision says so. */
export function failTurn(db: Database, { tenantId, turnId }: { tenantId: string; turnId: string }): Promise<void> {
  return db.withTenant(tenantId, async (tx) => {
    await finishGroup(tx, tenantId, turnId, 'expired');
    await tx.decisionRecord.updateMany({
      where: { tenantId, groupId: turnId, outcome: null },
      data: { outcome: 'failed', finishedAt: new Date() },
    });
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

/** Everything that depends on who answers takes this lock first, so that a hand-over happens before or after it. */
export async function lockConversation(tx: Tx, tenantId: string, conversationId: string): Promise<LockedConversation> {
  const rows = await tx.$queryRaw<LockedConversation[]>`
    select handler, handler_version as "handlerVersion" from conversations
    where tenant_id = ${tenantId}::uuid and id = ${conversationId}::uuid for update`;
  const row = rows[0];
  if (!row) throw new AppError('NOT_FOUND', 'The conversation does not exist');
  return row;
}

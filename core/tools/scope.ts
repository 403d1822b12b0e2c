import type { Tx } from '../database';
import { AppError } from '../errors';

/**
 * A session among the arguments: of this tenant, and of the contact the call is about if there is one.
 *
 * @throws AppError NOT_FOUND
 */
export async function requireSession(
  tx: Tx,
  tenantId: string,
  { sessionId, contactId }: { sessionId: string; contactId: string | null },
): Promise<{ contactId: string; conversationId: string; channelId: string; status: string }> {
  const session = await tx.session.findFirst({
    where: { tenantId, id: sessionId, deletedAt: null, ...(contactId ? { contactId } : {}) },
    select: { contactId: true, conversationId: true, channelId: true, status: true },
  });
  if (!session) throw new AppError('NOT_FOUND', 'There is no session with this id');
  return session;
}

/** @throws AppError NOT_FOUND */
export async function requireMessage(
  tx: Tx,
  tenantId: string,
  { messageId, contactId }: { messageId: string; contactId: string | null },
): Promise<void> {
  const where = { tenantId, id: messageId, deletedAt: null, ...(contactId ? { contactId } : {}) };
  if ((await tx.message.count({ where })) === 0) throw new AppError('NOT_FOUND', 'There is no message with this id');
}

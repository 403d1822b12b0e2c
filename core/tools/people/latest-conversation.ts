import type { Tx } from '../../database';
import { AppError } from '../../errors';

/** The conversation with a contact that something happened in last. @throws AppError NOT_FOUND */
export async function latestConversation(tx: Tx, tenantId: string, contactId: string): Promise<string> {
  const conversation = await tx.conversation.findFirst({
    where: { tenantId, contactId },
    orderBy: { updatedAt: 'desc' },
    select: { id: true },
  });
  if (!conversation) throw new AppError('NOT_FOUND', 'There is no conversation with this contact');
  return conversation.id;
}

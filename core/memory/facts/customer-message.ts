import type { Tx } from '../../database';
import { AppError } from '../../errors';

/**
 * Before the extraction of facts is started and paid for: facts need a message of the customer as their evidence.
 *
 * @throws AppError NOT_FOUND, PRECONDITION_FAILED (the company wrote the message)
 */
export async function assertCustomerMessage(tx: Tx, tenantId: string, messageId: string): Promise<void> {
  const message = await tx.message.findFirst({
    where: { tenantId, id: messageId, deletedAt: null },
    select: { fromMe: true },
  });
  if (!message) throw new AppError('NOT_FOUND', 'There is no message with this id');
  if (message.fromMe) {
    throw new AppError('PRECONDITION_FAILED', 'Facts come from messages of the customer; the company wrote this one');
  }
}

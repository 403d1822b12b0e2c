import type { Database } from '../database';
import { AppError } from '../errors';
import { normaliseMessageId } from '../ingest';
import { applyAck } from '../ingest/apply-ack';

export const CONFIRMED_STATUSES = ['delivered', 'read', 'failed'] as const;
export type ConfirmedStatus = (typeof CONFIRMED_STATUSES)[number];

export interface DeliveryConfirmation {
  tenantId: string;
  /** Of the message at its channel, bare or as WAHA writes it. */
  externalId: string;
  /** Ours, when the caller knows it. Both must be of the same message. */
  messageId?: string | undefined;
  status: ConfirmedStatus;
  deliveredAt?: Date | undefined;
  readAt?: Date | undefined;
  failureReason?: string | undefined;
}

/**
 * What somebody else heard from a channel about a message of ours, applied as an acknowledgement of the channel is: status
 * and times only move forward, and the same twice is once. Times lie never in the future.
 *
 * @returns the message, and whether anything changed
 * @throws AppError NOT_FOUND, VALIDATION_ERROR (messages of two channels have this id)
 */
export async function confirmDelivery(
  db: Database,
  confirmation: DeliveryConfirmation,
): Promise<{ messageId: string; isApplied: boolean }> {
  const { tenantId, status } = confirmation;
  const externalId = normaliseMessageId(confirmation.externalId);
  const { messageId, channelId } = await find(db, { ...confirmation, externalId });
  const channel = { tenantId, channelId };
  const now = new Date();
  const apply = async (one: ConfirmedStatus, at: Date = now) => {
    const ack = { channel, externalId, status: one, at: at < now ? at : now };
    return (await applyAck(db, { ...ack, failureReason: confirmation.failureReason })).status === 'applied';
  };
  // What was read had arrived before, at a time of its own if that is known.
  const isDelivered =
    status === 'read' && confirmation.deliveredAt ? await apply('delivered', confirmation.deliveredAt) : false;
  const at = { delivered: confirmation.deliveredAt, read: confirmation.readAt, failed: undefined }[status];
  return { messageId, isApplied: (await apply(status, at)) || isDelivered };
}

async function find(
  db: Database,
  { tenantId, externalId, messageId }: DeliveryConfirmation,
): Promise<{ messageId: string; channelId: string }> {
  const [message, another] = await db.withTenant(tenantId, (tx) =>
    tx.message.findMany({
      where: {
        tenantId,
        channelMessageId: externalId,
        fromMe: true,
        deletedAt: null,
        ...(messageId ? { id: messageId } : {}),
      },
      take: 2,
      select: { id: true, channelId: true },
    }),
  );
  if (!message) throw new AppError('NOT_FOUND', 'None of our messages has this id at its channel');
  if (another) {
    const field = { field: 'message_id', message: 'is needed: messages of several channels have this external_id' };
    throw new AppError('VALIDATION_ERROR', `${field.field} ${field.message}`, { fields: [field] });
  }
  return { messageId: message.id, channelId: message.channelId };
}

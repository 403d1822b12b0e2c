import { CONFIRMED_STATUSES, confirmDelivery } from '../../core/crm/confirm-delivery';
import { getMessage } from '../../core/crm/messages';
import { dateOf } from './date-of';
import type { EdgeDeps } from './edge';
import { messageSchema } from './messages';
import { present } from './present';
import { route, type Route } from './route';
import { timestamp, uuid, z } from './zod';

const confirmBody = z
  .strictObject({
    external_id: z.string().trim().min(1).max(300).openapi({ description: 'Of the message at its channel' }),
    status: z.enum(CONFIRMED_STATUSES),
    message_id: uuid().optional(),
    delivered_at: timestamp().optional(),
    read_at: timestamp().optional(),
    failure_reason: z.string().trim().min(1).max(500).optional(),
  })
  .superRefine((body, context) => {
    const foreign = {
      delivered: ['read_at', 'failure_reason'],
      read: ['failure_reason'],
      failed: ['delivered_at', 'read_at'],
    } as const;
    for (const field of foreign[body.status].filter((one) => body[one] !== undefined))
      context.addIssue({ code: 'custom', path: [field], message: `does not belong to status ${body.status}` });
  })
  .openapi('DeliveryConfirmation');

const confirmedSchema = messageSchema
  .extend({ applied: z.boolean().openapi({ description: 'False for late and repeated news' }) })
  .openapi('ConfirmedMessage');

export function confirmDeliveryRoutes({ db }: EdgeDeps): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/v1/messages/confirm-delivery',
      tag: 'messages',
      summary: 'Tell what became of a message that was sent',
      description:
        'For whoever hears from the channel beside us. Status and times only move forward, as with the acknowledgements of ' +
        'the channel, and the same twice is once. Without a time it is now; a time in the future is now.',
      scope: 'messages.send',
      body: confirmBody,
      response: { status: 200, description: 'The message as it is now', body: confirmedSchema },
      async handler({ caller: { tenantId }, body }) {
        const { messageId, isApplied } = await confirmDelivery(db, {
          tenantId,
          externalId: body.external_id,
          status: body.status,
          messageId: body.message_id,
          deliveredAt: dateOf(body.delivered_at),
          readAt: dateOf(body.read_at),
          failureReason: body.failure_reason,
        });
        const message = await db.withTenant(tenantId, (tx) => getMessage(tx, tenantId, messageId));
        return { ...present(message), applied: isApplied };
      },
    }),
  ];
}

import { sqlFile, type Tx } from '../database';
import { AppError } from '../errors';
import { appendEvents, WORKFLOW_EVENTS } from '../outbox/events';
import type { Handler } from './types';

export interface HandlerChange {
  tenantId: string;
  conversationId: string;
  handler: Handler;
  /** Who took over, as people see it. Null for the agents and while nobody has come yet. */
  name: string | null;
  reason: string | null;
}

/**
 * Changes who answers a conversation, in the caller's transaction. The version goes up every time, so that a reply
 * written for an older version is refused; when a person takes over, bot messages that are still queued are cancelled.
 *
 * @returns the new version and the ids of the cancelled messages.
 * @throws AppError NOT_FOUND
 */
export async function changeHandler(
  tx: Tx,
  change: HandlerChange,
): Promise<{ handlerVersion: number; cancelledMessageIds: string[] }> {
  const { tenantId, conversationId, handler } = change;
  const [changed] = await tx.$queryRawUnsafe<{ channelId: string; contactId: string; handlerVersion: number }[]>(
    sqlFile('core/conversation/sql/change-handler.sql'),
    tenantId,
    conversationId,
    handler,
    change.name,
    change.reason,
  );
  if (!changed) throw new AppError('NOT_FOUND', 'There is no conversation with this id');
  const cancelled =
    handler === 'human'
      ? await tx.$queryRawUnsafe<{ id: string }[]>(
          sqlFile('core/conversation/sql/cancel-queued-replies.sql'),
          tenantId,
          conversationId,
        )
      : [];
  const conversation = { tenantId, channelId: changed.channelId, contactId: changed.contactId };
  await appendEvents(tx, [
    {
      tenantId,
      aggregateType: 'conversation',
      aggregateId: conversationId,
      eventType: WORKFLOW_EVENTS.handlerChanged,
      data: { conversation, handler, handlerVersion: changed.handlerVersion },
    },
  ]);
  return { handlerVersion: changed.handlerVersion, cancelledMessageIds: cancelled.map(({ id }) => id) };
}

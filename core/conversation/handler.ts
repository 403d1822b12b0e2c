import { cancelApprovals } from '../agents/approvals/cancel';
import { sqlFile, type Tx } from '../database';
import { AppError } from '../errors';
import type { Actor } from '../crm/types';
import { appendEvents, WORKFLOW_EVENTS } from '../outbox/events';
import { recordAssignment } from '../people/record-assignment';
import type { AssignmentSource } from '../people/types';
import type { Handler } from './types';
import { unansweredMessageIds } from './unanswered';

export interface HandlerChange {
  tenantId: string;
  conversationId: string;
  handler: Handler;
  /** Who took over, as people see it. Null for the agents and while nobody has come yet. */
  name: string | null;
  reason: string | null;
  /** The person of the tenant's `agents` who has it from now on; without one it is assigned to nobody. */
  assigned?: { agentId: string; source: AssignmentSource };
  /** Whether the person who had it is told when another one has it; undefined: as the project wants it. */
  notifyPrevious?: boolean | undefined;
  /** Somebody has to come, and it is escalated when nobody does. Always so while it waits. */
  awaitsPerson?: boolean;
  /** Without one it was the product itself. */
  actor?: Actor;
  /** The turn that asks for it: it goes on, and so do its calls that wait for a person. */
  turnId?: string;
}

/**
 * Changes who answers a conversation, in the caller's transaction. The version goes up every time, so that a reply
 * written for an older version is refused; when a person takes over, bot messages that are still queued are cancelled,
 * and so are calls of agents that wait for a person. What nobody answered while a person had it waits for the agents.
 *
 * @returns the new version and the ids of the cancelled messages.
 * @throws AppError NOT_FOUND
 */
export async function changeHandler(
  tx: Tx,
  change: HandlerChange,
): Promise<{ handlerVersion: number; cancelledMessageIds: string[] }> {
  const { tenantId, conversationId, handler, assigned } = change;
  const [changed] = await tx.$queryRawUnsafe<ChangedRow[]>(
    sqlFile('core/conversation/sql/change-handler.sql'),
    tenantId,
    conversationId,
    handler,
    change.name,
    change.reason,
    assigned?.agentId ?? null,
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
  await cancelApprovals(tx, tenantId, {
    of: { conversationId, apartFromTurn: change.turnId ?? null },
    reason: 'taken_over',
  });
  await recordAssignment(tx, {
    tenantId,
    conversationId,
    contactId: changed.contactId,
    before: changed.assignedBefore,
    after: assigned?.agentId ?? null,
    source: assigned?.source ?? 'manual',
    notifyPrevious: change.notifyPrevious,
    actor: change.actor ?? { by: 'system' },
  });
  const conversation = { tenantId, channelId: changed.channelId, contactId: changed.contactId };
  const { handlerVersion } = changed;
  const isUnanswered = handler === 'ai' && (await unansweredMessageIds(tx, tenantId, conversationId)).length > 0;
  await appendEvents(tx, [
    {
      tenantId,
      aggregateType: 'conversation',
      aggregateId: conversationId,
      eventType: WORKFLOW_EVENTS.handlerChanged,
      data: {
        conversation,
        handler,
        handlerVersion,
        ...(isUnanswered ? { unanswered: { conversationId, handlerVersion } } : {}),
      },
    },
    ...(handler === 'waiting' || change.awaitsPerson === true ? [personAwaited(change, changed)] : []),
  ]);
  return { handlerVersion: changed.handlerVersion, cancelledMessageIds: cancelled.map(({ id }) => id) };
}

/**
 * Ends what agents do for somebody who is deleted: what is queued is not sent, turns under way neither act nor answer, and
 * nobody need decide about their calls. Who answers stays as it is.
 */
export async function silenceContact(tx: Tx, tenantId: string, contactId: string): Promise<void> {
  const file = sqlFile('core/conversation/sql/silence-contact.sql');
  const conversations = await tx.$queryRawUnsafe<{ id: string }[]>(file, tenantId, contactId);
  for (const { id: conversationId } of conversations)
    await cancelApprovals(tx, tenantId, { of: { conversationId, apartFromTurn: null }, reason: 'contact_deleted' });
}

interface ChangedRow {
  channelId: string;
  contactId: string;
  handlerVersion: number;
  assignedBefore: string | null;
}

function personAwaited({ tenantId, conversationId }: HandlerChange, { contactId, handlerVersion }: ChangedRow) {
  return {
    tenantId,
    aggregateType: 'conversation' as const,
    aggregateId: conversationId,
    eventType: WORKFLOW_EVENTS.personAwaited,
    data: { conversationId, contactId, handlerVersion },
  };
}

import { addContactEvent } from '../crm/contact-events';
import { sourceOf, type Actor } from '../crm/types';
import type { Tx } from '../database';
import { newId } from '../ids';
import { appendEvents } from '../outbox/events';
import type { AssignmentSource } from './types';

export interface AssignmentChange {
  tenantId: string;
  conversationId: string;
  contactId: string;
  /** Who had the conversation, and who has it now. */
  before: string | null;
  after: string | null;
  source: AssignmentSource;
  actor: Actor;
}

/**
 * Writes down who has a conversation from now on: agent session, timeline, events. The caller has changed the conversation
 * itself, in the same transaction. Nothing when it stays with the same person.
 */
export async function recordAssignment(tx: Tx, change: AssignmentChange): Promise<void> {
  const { tenantId, conversationId, contactId, before, after, source, actor } = change;
  if (before === after) return;
  const now = new Date();
  const session = await tx.session.findFirst({
    where: { tenantId, conversationId, status: 'active', chatId: null, deletedAt: null },
    select: { id: true },
  });
  const sessionId = session?.id ?? null;
  await tx.agentSession.updateMany({ where: { tenantId, conversationId, leftAt: null }, data: { leftAt: now } });
  if (after !== null) {
    const role = before === null ? 'primary' : 'handoff';
    await tx.agentSession.create({
      data: { id: newId(), tenantId, agentId: after, conversationId, sessionId, role, source },
    });
    await tx.agent.updateMany({ where: { tenantId, id: after }, data: { lastAssignedAt: now } });
  }
  await addContactEvent(tx, tenantId, {
    contactId,
    sessionId,
    category: 'assignment',
    ...timelineOf(before, after),
    payload: { conversation_id: conversationId, from_agent_id: before, to_agent_id: after, source },
    source: sourceOf(actor),
  });
  const event = (eventType: string, agentId: string) => ({
    tenantId,
    aggregateType: 'conversation' as const,
    aggregateId: conversationId,
    eventType,
    data: { conversationId, sessionId, contactId, agentId, source, ...actor },
  });
  await appendEvents(tx, [
    ...(before === null ? [] : [event('agent_session.left', before)]),
    ...(after === null ? [] : [event('agent_session.joined', after), event('session.agent_assigned', after)]),
  ]);
}

function timelineOf(before: string | null, after: string | null): { eventType: string; title: string } {
  if (after === null) return { eventType: 'agent_unassigned', title: 'A conversa não está mais com a pessoa' };
  if (before === null) return { eventType: 'agent_assigned', title: 'A conversa foi entregue a uma pessoa' };
  return { eventType: 'agent_transferred', title: 'A conversa passou a outra pessoa' };
}

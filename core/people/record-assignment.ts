import { addContactEvent } from '../crm/contact-events';
import { sourceOf, type Actor } from '../crm/types';
import type { Tx } from '../database';
import { newId } from '../ids';
import { appendEvents } from '../outbox/events';
import { readPeopleSettings } from './settings';
import type { AssignmentSource } from './types';

export interface AssignmentChange {
  tenantId: string;
  conversationId: string;
  contactId: string;
  /** Who had the conversation, and who has it now. */
  before: string | null;
  after: string | null;
  source: AssignmentSource;
  /** Whether whoever had it is told that somebody else has it; undefined: as the project wants it. */
  notifyPrevious?: boolean | undefined;
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
  if (before === null || after === null) return;
  const isTold = change.notifyPrevious ?? (await readPeopleSettings(tx, tenantId)).notifyPrevious;
  if (isTold) await tellPrevious(tx, { ...change, before, after, sessionId });
}

/** In the two places where people look: what they were told, beside the contact's timeline, and the stream of conversations. */
async function tellPrevious(
  tx: Tx,
  change: AssignmentChange & { before: string; after: string; sessionId: string | null },
): Promise<void> {
  const { tenantId, conversationId, contactId, sessionId, before, after, source, actor } = change;
  const people = await tx.agent.findMany({ where: { tenantId, id: { in: [before, after] } } });
  const nameOf = (agentId: string) => people.find(({ id }) => id === agentId)?.name ?? '';
  const data = { conversation_id: conversationId, from_agent_id: before, to_agent_id: after, source };
  await addContactEvent(tx, tenantId, {
    contactId,
    sessionId,
    category: 'notification',
    eventType: 'notification_sent',
    title: `A conversa que estava com ${nameOf(before)} passou a ${nameOf(after)}`,
    payload: data,
    toldAgentId: before,
    source: sourceOf(actor),
  });
  await appendEvents(tx, [
    {
      tenantId,
      aggregateType: 'conversation',
      aggregateId: conversationId,
      eventType: 'agent.notified',
      data: { conversationId, sessionId, contactId, agentId: before, toAgentId: after, source, ...actor },
    },
  ]);
}

function timelineOf(before: string | null, after: string | null): { eventType: string; title: string } {
  if (after === null) return { eventType: 'agent_unassigned', title: 'A conversa não está mais com a pessoa' };
  if (before === null) return { eventType: 'agent_assigned', title: 'A conversa foi entregue a uma pessoa' };
  return { eventType: 'agent_transferred', title: 'A conversa passou a outra pessoa' };
}

import { lockConversation } from '../conversation/turns';
import type { Actor } from '../crm/types';
import { addContactEvent } from '../crm/contact-events';
import type { Database, Tx } from '../database';
import { appendEvents } from '../outbox/events';
import { lockCandidates, needOf } from './assign';
import { waitInBusinessTimeMs } from './business-hours';
import { choosePerson, chooseSupervisor } from './choose';
import { recordAssignment } from './record-assignment';
import { readPeopleSettings } from './settings';
import type { AssignmentSource, Candidate, PeopleSettings } from './types';

/** One wait for a person: of a conversation since its handler changed last. */
export interface HandoverRef {
  tenantId: string;
  conversationId: string;
  handlerVersion: number;
}

const ACTOR: Actor = { by: 'system' };

interface Waiting {
  contactId: string;
  handler: string;
  assignedAgentId: string | null;
  escalations: number;
  handlerChangedAt: Date;
}

/**
 * The beginning of a hand-over: whoever the project's strategy chooses is told to come. The conversation still waits until
 * they do; nobody is chosen when somebody has it already. Twice is once.
 *
 * @returns how long to wait for an answer, or null when nobody waits any more
 */
export function openHandover(db: Database, ref: HandoverRef): Promise<{ waitMs: number | null }> {
  return whileAwaited(db, ref, async (tx, waiting, settings) => {
    if (waiting.assignedAgentId === null) await reassign(tx, ref, waiting, settings, 'automatic');
    return { waitMs: await unansweredMs(tx, ref, settings) };
  });
}

/**
 * A hand-over that nobody answered in time: another person, a supervisor, or only the event, as the project wants it.
 * Escalating for the same `round` again, after a crash, changes nothing.
 *
 * @param round from 1
 * @returns how long to wait for the next answer, or null when nobody waits any more or nobody is left to be asked
 */
export function escalateHandover(
  db: Database,
  { round, ...ref }: HandoverRef & { round: number },
): Promise<{ waitMs: number | null }> {
  return whileAwaited(db, ref, async (tx, waiting, settings) => {
    const action =
      settings.unansweredAction === 'reassign' && round > settings.maxReassignments
        ? 'supervisor'
        : settings.unansweredAction;
    const waitMs = action === 'reassign' ? await unansweredMs(tx, ref, settings) : null;
    if (waiting.escalations >= round) return { waitMs };
    const { tenantId, conversationId: id } = ref;
    await tx.conversation.updateMany({ where: { tenantId, id }, data: { escalations: round, updatedAt: new Date() } });
    const next = await escalate(tx, { ref, waiting, settings, action });
    await tellUnanswered(tx, ref, waiting, { round, action, agentId: next?.id ?? null });
    return { waitMs };
  });
}

/** Only the time counts in which people are there. */
async function unansweredMs(
  tx: Tx,
  { tenantId }: HandoverRef,
  { unansweredMinutes, businessHours }: PeopleSettings,
): Promise<number> {
  const { timezone } = await tx.project.findUniqueOrThrow({ where: { id: tenantId }, select: { timezone: true } });
  return waitInBusinessTimeMs(unansweredMinutes, businessHours, { now: new Date(), timezone });
}

async function escalate(
  tx: Tx,
  of: { ref: HandoverRef; waiting: Waiting; settings: PeopleSettings; action: PeopleSettings['unansweredAction'] },
): Promise<Candidate | null> {
  switch (of.action) {
    case 'event':
      return null;
    case 'reassign':
      return reassign(tx, of.ref, of.waiting, of.settings, 'reassignment_no_response');
    case 'supervisor': {
      const candidates = await lockCandidates(tx, of.ref.tenantId, of.waiting.contactId);
      const supervisor = chooseSupervisor(candidates, of.waiting.assignedAgentId ? [of.waiting.assignedAgentId] : []);
      if (supervisor) await give(tx, of.ref, of.waiting, supervisor, 'reassignment_no_response');
      return supervisor;
    }
  }
}

/** To somebody who did not have this conversation since it waits. */
async function reassign(
  tx: Tx,
  ref: HandoverRef,
  waiting: Waiting,
  { strategy }: PeopleSettings,
  source: AssignmentSource,
): Promise<Candidate | null> {
  const { tenantId, conversationId } = ref;
  if (source === 'automatic' && strategy === 'manual') return null;
  const candidates = await lockCandidates(tx, tenantId, waiting.contactId);
  const person = choosePerson(candidates, {
    // A project that assigns by hand and wants unanswered ones passed on has to have somebody chosen.
    strategy: strategy === 'manual' ? 'least_sessions' : strategy,
    need: await needOf(tx, tenantId, conversationId),
    without: await askedAlready(tx, ref, waiting),
  });
  if (person) await give(tx, ref, waiting, person, source);
  return person;
}

async function askedAlready(tx: Tx, { tenantId, conversationId }: HandoverRef, waiting: Waiting): Promise<string[]> {
  if (waiting.assignedAgentId === null) return [];
  const asked = await tx.agentSession.findMany({
    where: { tenantId, conversationId, joinedAt: { gte: waiting.handlerChangedAt } },
    select: { agentId: true },
  });
  return [waiting.assignedAgentId, ...asked.map(({ agentId }) => agentId)];
}

/** The fence stays as it is: it is about agents of AI, and they are silent already. */
async function give(
  tx: Tx,
  { tenantId, conversationId }: HandoverRef,
  { contactId, handler, assignedAgentId: before }: Waiting,
  { id, name }: Candidate,
  source: AssignmentSource,
): Promise<void> {
  await tx.conversation.updateMany({
    where: { tenantId, id: conversationId },
    data: { assignedAgentId: id, ...(handler === 'human' ? { handlerName: name } : {}), updatedAt: new Date() },
  });
  await recordAssignment(tx, { tenantId, conversationId, contactId, before, after: id, source, actor: ACTOR });
}

async function tellUnanswered(
  tx: Tx,
  { tenantId, conversationId }: HandoverRef,
  { contactId }: Waiting,
  { round, action, agentId }: { round: number; action: string; agentId: string | null },
): Promise<void> {
  const data = { conversationId, contactId, round, action, agentId };
  await addContactEvent(tx, tenantId, {
    contactId,
    category: 'assignment',
    eventType: 'handover_unanswered',
    title: 'Ninguém respondeu ao cliente a tempo',
    payload: data,
    priority: 'high',
    source: 'system',
  });
  await appendEvents(tx, [
    { tenantId, aggregateType: 'conversation', aggregateId: conversationId, eventType: 'session.escalated', data },
  ]);
}

/** Runs `act` under the conversation's lock, unless somebody came: the handler changed, or a person wrote. */
function whileAwaited(
  db: Database,
  { tenantId, conversationId, handlerVersion }: HandoverRef,
  act: (tx: Tx, waiting: Waiting, settings: PeopleSettings) => Promise<{ waitMs: number | null }>,
): Promise<{ waitMs: number | null }> {
  return db.withTenant(tenantId, async (tx) => {
    const locked = await lockConversation(tx, tenantId, conversationId);
    if (locked.handlerVersion !== handlerVersion) return { waitMs: null };
    const waiting = await tx.conversation.findFirstOrThrow({
      where: { tenantId, id: conversationId },
      select: { contactId: true, handler: true, assignedAgentId: true, escalations: true, handlerChangedAt: true },
    });
    const answers = await tx.message.count({
      where: { tenantId, conversationId, fromMe: true, source: 'manual', createdAt: { gt: waiting.handlerChangedAt } },
    });
    if (answers > 0) return { waitMs: null };
    return act(tx, waiting, await readPeopleSettings(tx, tenantId));
  });
}

import { changeHandler } from '../conversation/handler';
import { lockConversation } from '../conversation/turns';
import { addNote } from '../crm/notes';
import type { Actor } from '../crm/types';
import { sqlFile, type Tx } from '../database';
import { AppError } from '../errors';
import { choosePerson } from './choose';
import { readPeopleSettings } from './settings';
import type { AssignmentSource, Candidate, Need, Strategy } from './types';

export interface AssignRequest {
  tenantId: string;
  conversationId: string;
  /** Somebody in particular; null: whoever the strategy chooses. */
  agentId: string | null;
  /** Instead of the project's. */
  strategy?: Strategy | undefined;
  /** What the next person should know. Stored as a note of type session_handoff. */
  note: string | null;
  reason: string | null;
  /** Whether whoever had it is told; undefined: as the project wants it. */
  notifyPrevious?: boolean | undefined;
  actor: Actor;
}

export interface Assigned {
  agentId: string;
  name: string;
  handlerVersion: number;
  cancelledMessageIds: string[];
}

/**
 * Gives a conversation to a person: the agents of AI are silent from that commit, and it is escalated when nobody answers.
 *
 * @throws AppError NOT_FOUND (conversation, person), INVARIANT_VIOLATION (not a person, switched off, not available, as
 * many conversations as they may have), PRECONDITION_FAILED (nobody is free, or the strategy chooses nobody)
 */
export async function assignConversation(tx: Tx, request: AssignRequest): Promise<Assigned> {
  const { tenantId, conversationId, note, reason, actor } = request;
  await lockConversation(tx, tenantId, conversationId);
  const { contactId, assignedAgentId } = await tx.conversation.findFirstOrThrow({
    where: { tenantId, id: conversationId },
    select: { contactId: true, assignedAgentId: true },
  });
  const person = await choose(tx, { ...request, contactId, assignedAgentId });
  if (note !== null) await addNote(tx, tenantId, { contactId, type: 'session_handoff', content: note, actor });
  const source: AssignmentSource = assignedAgentId === null ? 'manual' : 'reassignment_manual';
  const { handlerVersion, cancelledMessageIds } = await changeHandler(tx, {
    tenantId,
    conversationId,
    handler: 'human',
    name: person.name,
    reason,
    assigned: { agentId: person.id, source: request.agentId === null ? 'automatic' : source },
    notifyPrevious: request.notifyPrevious,
    awaitsPerson: true,
    actor,
  });
  return { agentId: person.id, name: person.name, handlerVersion, cancelledMessageIds };
}

/**
 * Passes a conversation from a person (or the queue) to another one, with what they should know.
 *
 * @throws AppError as assignConversation; INVARIANT_VIOLATION while the agents of AI have it, or it is with that person
 */
export async function transferConversation(
  tx: Tx,
  request: AssignRequest & { agentId: string; note: string },
): Promise<Assigned> {
  const { tenantId, conversationId, agentId } = request;
  const { handler } = await lockConversation(tx, tenantId, conversationId);
  if (handler === 'ai')
    throw new AppError('INVARIANT_VIOLATION', 'No person has this conversation; assign it, or take it over');
  const isTheirs = await tx.conversation.count({ where: { tenantId, id: conversationId, assignedAgentId: agentId } });
  if (isTheirs > 0) throw new AppError('INVARIANT_VIOLATION', 'This person has the conversation already');
  return assignConversation(tx, request);
}

async function choose(
  tx: Tx,
  request: AssignRequest & { contactId: string; assignedAgentId: string | null },
): Promise<Candidate> {
  const { tenantId, conversationId, agentId, contactId, assignedAgentId } = request;
  const candidates = await lockCandidates(tx, tenantId, contactId);
  if (agentId !== null) return requirePerson(tx, tenantId, { agentId, candidates, assignedAgentId });
  const strategy = request.strategy ?? (await readPeopleSettings(tx, tenantId)).strategy;
  if (strategy === 'manual')
    throw new AppError('PRECONDITION_FAILED', 'This project assigns by hand: name the agent_id, or a strategy');
  const without = assignedAgentId === null ? [] : [assignedAgentId];
  const person = choosePerson(candidates, { strategy, need: await needOf(tx, tenantId, conversationId), without });
  if (!person) throw new AppError('PRECONDITION_FAILED', 'Nobody is available with room for another conversation');
  return person;
}

/**
 * The people of a tenant with their load. Held until the transaction ends, so that two conversations at once do not both
 * take the last place of the same person.
 */
export async function lockCandidates(tx: Tx, tenantId: string, contactId: string): Promise<Candidate[]> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`assignment:${tenantId}`}, 0))`;
  return tx.$queryRawUnsafe<Candidate[]>(sqlFile('core/people/sql/candidates.sql'), tenantId, contactId);
}

export async function needOf(tx: Tx, tenantId: string, conversationId: string): Promise<Need> {
  const [need] = await tx.$queryRawUnsafe<Need[]>(sqlFile('core/people/sql/need.sql'), tenantId, conversationId);
  if (!need) throw new AppError('NOT_FOUND', 'There is no conversation with this id');
  return need;
}

async function requirePerson(
  tx: Tx,
  tenantId: string,
  of: { agentId: string; candidates: Candidate[]; assignedAgentId: string | null },
): Promise<Candidate> {
  const { agentId, candidates, assignedAgentId } = of;
  const person = candidates.find(({ id }) => id === agentId);
  if (!person) {
    const agent = await tx.agent.findFirst({ where: { tenantId, id: agentId, deletedAt: null } });
    if (!agent) throw new AppError('NOT_FOUND', 'There is no agent with this id');
    const why = agent.type === 'human' ? `${agent.name} is switched off` : `${agent.name} is not a person`;
    throw new AppError('INVARIANT_VIOLATION', `${why}; conversations are assigned to people`);
  }
  if (person.status !== 'available')
    throw new AppError('INVARIANT_VIOLATION', `${person.name} is ${person.status}; choose somebody who is available`);
  if (person.id !== assignedAgentId && person.sessions >= person.maxSessions)
    throw new AppError(
      'INVARIANT_VIOLATION',
      `${person.name} has ${person.sessions} conversations, as many as they may have`,
    );
  return person;
}

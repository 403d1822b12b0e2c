import type { Tx } from '../../database';
import { AppError } from '../../errors';
import { newId } from '../../ids';
import { appendEvents } from '../../outbox/events';
import { toPage, type Page, type PageRequest } from '../../crm/page';
import { refuseDuplicates } from '../../crm/unique';
import { lockConflict } from '../../crm/versioned';
import { isBuiltIn } from './types';
import { loadTeam } from './load';

/** A person or program of the tenant that may answer or act: agents of AI have a key and a profile. */
export interface Agent {
  id: string;
  key: string | null;
  name: string;
  type: string;
  role: string;
  status: string;
  isActive: boolean;
  email: string | null;
  /** What a person can do: names of intents count when somebody is chosen for a conversation. */
  skills: string[];
  languages: string[];
  /** 0 to 100; the higher one is chosen first, all else being equal. */
  priority: number;
  /** How many conversations a person answers at once. */
  maxSessions: number;
  /** Of a virtual agent, as the three below: somebody of the past, whose messages a history may name. */
  representsPersonName: string | null;
  periodStart: Date | null;
  /** Null: it has not ended. */
  periodEnd: Date | null;
  virtualReason: string | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/** What can be said of a person and not of an agent of AI, whose skills are its profile. */
export interface PersonFields {
  email: string;
  role: 'human_agent' | 'supervisor';
  status: 'available' | 'busy' | 'away' | 'offline';
  skills: string[];
  languages: string[];
  priority: number;
  maxSessions: number;
}

const SELECTED = {
  id: true,
  key: true,
  name: true,
  type: true,
  role: true,
  status: true,
  isActive: true,
  email: true,
  skills: true,
  languages: true,
  priority: true,
  maxSessions: true,
  representsPersonName: true,
  periodStart: true,
  periodEnd: true,
  virtualReason: true,
  version: true,
  createdAt: true,
  updatedAt: true,
} as const;

/** Without these two nobody routes and nobody answers. */
const NEEDED: readonly string[] = ['coordinator', 'balanced'];

/** Newest first, with the agents that come with the product. */
export async function listAgents(
  tx: Tx,
  tenantId: string,
  { limit, after, type, status }: PageRequest & { type?: string | undefined; status?: string | undefined },
): Promise<Page<Agent>> {
  await loadTeam(tx, tenantId);
  const rows = await tx.agent.findMany({
    where: {
      tenantId,
      deletedAt: null,
      ...(type ? { type } : {}),
      ...(status ? { status } : {}),
      ...(after?.[0] ? { id: { lt: after[0] } } : {}),
    },
    orderBy: { id: 'desc' },
    take: limit + 1,
    select: SELECTED,
  });
  return toPage(rows, limit, ({ id }) => [id]);
}

/** @throws AppError NOT_FOUND */
export async function getAgent(tx: Tx, tenantId: string, agentId: string): Promise<Agent> {
  const agent = await tx.agent.findFirst({ where: { tenantId, id: agentId, deletedAt: null }, select: SELECTED });
  if (!agent) throw new AppError('NOT_FOUND', 'There is no agent with this id');
  return agent;
}

/** The person who is this user; null when the user is none of the people. */
export function findPersonOf(tx: Tx, tenantId: string, userId: string): Promise<Agent | null> {
  return tx.agent.findFirst({ where: { tenantId, userId, type: 'human', deletedAt: null }, select: SELECTED });
}

/** A new agent of AI, switched on. It answers nobody before a version of it is active. @throws AppError ALREADY_EXISTS */
export async function createAgent(
  tx: Tx,
  tenantId: string,
  { key, name }: { key: string; name: string },
): Promise<Agent> {
  const agent = await refuseDuplicates(`Another agent has the key ${key}`, () =>
    tx.agent.create({
      data: { tenantId, id: newId(), key, name, type: 'ai', role: 'ai_agent' },
      select: SELECTED,
    }),
  );
  await agentEvent(tx, { tenantId, agentId: agent.id, eventType: 'agent.created', data: { type: 'ai', key } });
  return agent;
}

/** A person who answers conversations, available from now on. @throws AppError ALREADY_EXISTS (e-mail) */
export async function createPerson(
  tx: Tx,
  tenantId: string,
  { email, ...fields }: { name: string; email: string } & Partial<PersonFields>,
): Promise<Agent> {
  const agent = await refuseDuplicates('Another person has this e-mail', () =>
    tx.agent.create({
      data: { role: 'human_agent', ...fields, tenantId, id: newId(), type: 'human', email: email.toLowerCase() },
      select: SELECTED,
    }),
  );
  await agentEvent(tx, { tenantId, agentId: agent.id, eventType: 'agent.created', data: { type: 'human' } });
  return agent;
}

/**
 * Switched off, an agent gets no more turns; the one it is in, it ends. A person gets no more conversations.
 *
 * @throws AppError NOT_FOUND, OPTIMISTIC_LOCK_CONFLICT, ALREADY_EXISTS (e-mail), INVARIANT_VIOLATION (an agent that must
 * stay on, fields of a person for an agent of AI, the role of an administrator)
 */
export async function updateAgent(
  tx: Tx,
  tenantId: string,
  { agentId, version, changes }: { agentId: string; version: number; changes: AgentChanges },
): Promise<Agent> {
  const before = await getAgent(tx, tenantId, agentId);
  if (changes.isActive === false && NEEDED.includes(before.key ?? ''))
    throw new AppError('INVARIANT_VIOLATION', `${before.name} must stay on: without it nobody answers`);
  const { name: _name, isActive: _isActive, ...ofPerson } = changes;
  if (before.type !== 'human' && Object.keys(ofPerson).length > 0)
    throw new AppError(
      'INVARIANT_VIOLATION',
      `${before.name} is not a person: only its name and is_active change here`,
    );
  if (before.role === 'admin' && changes.role !== undefined)
    throw new AppError('INVARIANT_VIOLATION', 'The administrator of the account stays one');
  if (before.type === 'system') throw new AppError('INVARIANT_VIOLATION', 'Agents of the system do not change');
  if (before.type === 'virtual')
    throw new AppError('INVARIANT_VIOLATION', `${before.name} is of the past: only its period can be ended`);
  const { count } = await refuseDuplicates('Another person has this e-mail', () =>
    tx.agent.updateMany({
      where: { tenantId, id: agentId, deletedAt: null, version },
      data: { ...changes, version: { increment: 1 }, updatedAt: new Date() },
    }),
  );
  const agent = await getAgent(tx, tenantId, agentId);
  if (count === 0) throw lockConflict('agent', agent.version);
  const fields = Object.keys(changes);
  await agentEvent(tx, { tenantId, agentId, eventType: 'agent.updated', data: { fields } });
  if (changes.isActive !== undefined && changes.isActive !== before.isActive) {
    const eventType = changes.isActive ? 'agent.activated' : 'agent.deactivated';
    await agentEvent(tx, { tenantId, agentId, eventType, data: {} });
  }
  return agent;
}

export type AgentChanges = { name?: string; isActive?: boolean } & Partial<PersonFields>;

/**
 * Takes a person, one of the past, or an agent that the tenant made, out of the team.
 *
 * @throws AppError NOT_FOUND, INVARIANT_VIOLATION (one that comes with the product can only be switched off, the
 * administrator stays, and a person's conversations have to be given to somebody else first)
 */
export async function deleteAgent(tx: Tx, tenantId: string, agentId: string): Promise<void> {
  const { key, type, role, name } = await getAgent(tx, tenantId, agentId);
  if (type === 'human' ? role === 'admin' : type !== 'ai' && type !== 'virtual')
    throw new AppError('INVARIANT_VIOLATION', 'Only people and agents of AI can be deleted, and no administrator');
  const conversations = await tx.conversation.count({ where: { tenantId, assignedAgentId: agentId } });
  if (conversations > 0)
    throw new AppError('INVARIANT_VIOLATION', `${name} has ${conversations} conversations; transfer them first`);
  if (isBuiltIn(key ?? ''))
    throw new AppError('INVARIANT_VIOLATION', 'This agent comes with the product; switch it off');
  const now = new Date();
  await tx.agent.updateMany({
    where: { tenantId, id: agentId },
    data: { deletedAt: now, isActive: false, updatedAt: now, version: { increment: 1 } },
  });
  await agentEvent(tx, { tenantId, agentId, eventType: 'agent.deactivated', data: { deleted: true } });
}

/** An event of one agent, in the caller's transaction. */
export function agentEvent(
  tx: Tx,
  of: { tenantId: string; agentId: string; eventType: string; data: Record<string, unknown> },
): Promise<void> {
  const { tenantId, agentId, eventType, data } = of;
  return appendEvents(tx, [
    { tenantId, aggregateType: 'agent', aggregateId: agentId, eventType, data: { agentId, ...data } },
  ]);
}

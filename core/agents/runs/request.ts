import type { Prisma, Tx } from '../../database';
import { AppError } from '../../errors';
import { newId } from '../../ids';
import { appendEvents, WORKFLOW_EVENTS } from '../../outbox/events';
import { toolNamed } from '../../tools/registry';
import { loadTeam } from '../team/load';
import type { TeamAgent } from '../team/types';
import { MAX_MODEL_CALLS, type Authority } from './types';

export interface RunRequest {
  tenantId: string;
  /** One of the two names the agent. */
  agent: { id: string } | { key: string };
  question: string;
  /** Whom it is about. */
  contactId: string | null;
  authority: Authority;
  /** Asked twice with the same id, it runs once. */
  runId?: string;
}

/**
 * Asks an agent that works for the company's own people. It has the tools of its profile that whoever asks may call; the
 * run begins when this is committed.
 *
 * @throws AppError NOT_FOUND (agent, contact), INVARIANT_VIOLATION (an agent that answers customers), FORBIDDEN (the key may
 * call none of its tools)
 */
export async function requestRun(tx: Tx, request: RunRequest): Promise<{ runId: string; agent: string }> {
  const { tenantId, contactId, runId = newId() } = request;
  const agent = await agentOf(tx, request);
  if (agent.profile.audience !== 'staff')
    throw new AppError('INVARIANT_VIOLATION', `${agent.key} answers customers; only agents for staff can be asked`);
  if (contactId && (await tx.contact.count({ where: { tenantId, id: contactId, deletedAt: null } })) === 0)
    throw new AppError('NOT_FOUND', 'There is no contact with this id');
  const { count } = await tx.agentRun.createMany({
    data: [{ ...runRow(request, agent), id: runId, modelCallsLeft: MAX_MODEL_CALLS }],
    skipDuplicates: true,
  });
  if (count > 0) {
    const data = { runId, agentId: agent.agentId, contactId };
    const eventType = WORKFLOW_EVENTS.agentRunRequested;
    await appendEvents(tx, [{ tenantId, aggregateType: 'agent', aggregateId: agent.agentId, eventType, data }]);
  }
  return { runId, agent: agent.key };
}

/** Columns of a run that say who is asked, by whom and what. @throws AppError FORBIDDEN */
export function runRow(
  { tenantId, question, contactId, authority }: Omit<RunRequest, 'agent'>,
  agent: TeamAgent,
): Omit<Prisma.AgentRunUncheckedCreateInput, 'id' | 'modelCallsLeft'> {
  const { via, userId, keyId, scopes } = authority;
  const toolsOffered = agent.profile.tools.flatMap((name) => {
    const tool = toolNamed(name);
    const isUsable = tool && scopes.includes(tool.scope) && (contactId !== null || tool.about !== 'contact');
    return isUsable ? [tool.name] : [];
  });
  if (toolsOffered.length === 0)
    throw new AppError('FORBIDDEN', `${agent.key} could call none of its tools with this key's scopes about this`);
  return {
    tenantId,
    agentId: agent.agentId,
    agent: agent.key,
    agentVersionId: agent.versionId,
    contactId,
    via,
    userId,
    apiKeyId: keyId,
    scopes: [...scopes],
    toolsOffered: [...new Set(toolsOffered)],
    question,
  };
}

async function agentOf(tx: Tx, { tenantId, agent }: RunRequest): Promise<TeamAgent> {
  const team = await loadTeam(tx, tenantId);
  const found = [...team.values()].find(({ agentId, key }) =>
    'id' in agent ? agentId === agent.id : key === agent.key,
  );
  if (!found) throw new AppError('NOT_FOUND', 'There is no agent of AI with this id that is switched on');
  return found;
}

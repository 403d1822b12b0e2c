import { sqlFile, type Tx } from '../../database';
import { AppError } from '../../errors';
import { newId } from '../../ids';
import { builtInName, builtInProfile } from './built-in';
import { BUILT_IN_AGENTS, type AgentProfile, type BuiltInAgent, type TeamAgent } from './types';

type TeamRow = Omit<TeamAgent, 'profile'> & { profile: AgentProfile | null; isActive: boolean };

/** The tenant's AI agents that are switched on, by key. Agents of the product that a tenant lacks yet are added. */
export async function loadTeam(tx: Tx, tenantId: string): Promise<Map<string, TeamAgent>> {
  const read = () => tx.$queryRawUnsafe<TeamRow[]>(sqlFile('core/agents/team/sql/team.sql'), tenantId);
  let rows = await read();
  // Rarely: for tenants from before an agent came with the product.
  if (BUILT_IN_AGENTS.some((key) => !rows.some((row) => row.key === key))) {
    await tx.agent.createMany({ data: builtInAgentRows(tenantId), skipDuplicates: true });
    rows = await read();
  }
  const team = rows.flatMap(({ profile: own, isActive, ...row }) => {
    const profile = own ?? builtInProfile(row.key);
    return isActive && profile ? [{ ...row, profile }] : [];
  });
  return new Map(team.map((agent) => [agent.key, agent]));
}

/** @throws AppError NOT_FOUND for a key that no agent of the team has */
export function teamAgent(team: ReadonlyMap<string, TeamAgent>, key: string): TeamAgent {
  const agent = team.get(key);
  if (!agent) throw new AppError('NOT_FOUND', `There is no agent ${key} in the team`);
  return agent;
}

/** Rows of `agents` for the agents that come with the product. */
export function builtInAgentRows(tenantId: string) {
  return BUILT_IN_AGENTS.map((key) => ({
    tenantId,
    id: newId(),
    key,
    name: builtInName(key),
    type: 'ai',
    role: roleOf(key),
  }));
}

function roleOf(key: BuiltInAgent): string {
  if (key === 'bi_manager' || key === 'agent_analyzer') return 'analytics_bot';
  return key === 'sdr' ? 'ai_assistant' : 'ai_agent';
}

/**
 * An agent as a turn began with it. A version stays what it was, also when it is deleted or another one is active by now.
 *
 * @throws AppError NOT_FOUND
 */
export async function agentOfTurn(
  tx: Tx,
  tenantId: string,
  { agentId, versionId }: { agentId: string; versionId: string | null },
): Promise<TeamAgent> {
  const agent = await tx.agent.findUnique({ where: { tenantId_id: { tenantId, id: agentId } }, select: { key: true } });
  const key = agent?.key ?? '';
  const { profile, versionNumber } = await profileOf(tx, tenantId, { key, versionId });
  if (!profile) throw new AppError('NOT_FOUND', 'The agent of this turn has no profile');
  return { agentId, key, versionId, versionNumber, profile };
}

/** What a version says an agent is; without one, what comes with the product under this key, if anything does. */
async function profileOf(
  tx: Tx,
  tenantId: string,
  { key, versionId }: { key: string; versionId: string | null },
): Promise<{ profile: AgentProfile | undefined; versionNumber: number }> {
  const version = versionId
    ? await tx.agentVersion.findUnique({ where: { tenantId_id: { tenantId, id: versionId } } })
    : null;
  if (!version) return { profile: builtInProfile(key), versionNumber: 0 };
  return { profile: version.profile as unknown as AgentProfile, versionNumber: version.number };
}

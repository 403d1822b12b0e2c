import { sqlFile, type Tx } from '../database';
import { AppError } from '../errors';
import type { ToolPolicies } from './approvals/types';
import { builtInProfile } from './team/built-in';
import { loadTeam, teamAgent } from './team/load';
import type { AgentProfile, TeamAgent } from './team/types';
import type { TurnHead } from './turn-context';
import type { TurnRef } from './types';

/** What a turn's decision record says of it so far. */
export interface TurnRecord {
  agentId: string | null;
  agentVersionId: string | null;
  voiceVersionId: string | null;
  rules: unknown;
  flags: string[];
  intentConfidence: number;
  signals: unknown;
  context: unknown;
  memoryQuery: string | null;
  toolsOffered: string[];
  outcome: string | null;
}

/** A turn as one statement reads it. */
export interface Turn {
  head: TurnHead;
  /** Null until the turn is prepared. */
  record: TurnRecord | null;
  /** The agent that the turn began with, in the version of then. Null until the turn is prepared. */
  agent: TeamAgent | null;
  /** The coordinator's instructions: the one voice in which every agent of the team speaks. */
  voice: string;
  /** What the tenant set for single tools. */
  toolPolicies: ToolPolicies;
}

interface TurnRow extends TurnHead {
  record: TurnRecord | null;
  agentKey: string | null;
  versionNumber: number | null;
  agentProfile: AgentProfile | null;
  voice: string | null;
  toolPolicies: ToolPolicies | null;
}

/** @throws AppError NOT_FOUND (the turn, or the profile of its agent) */
export async function loadTurn(tx: Tx, { tenantId, turnId }: TurnRef): Promise<Turn> {
  const [row] = await tx.$queryRawUnsafe<TurnRow[]>(sqlFile('core/agents/sql/turn.sql'), tenantId, turnId);
  if (!row) throw new AppError('NOT_FOUND', 'The turn does not exist');
  const { record, agentKey, versionNumber, agentProfile, voice, toolPolicies, ...head } = row;
  return {
    head,
    record,
    agent: record && (await agentOf(tx, tenantId, record, { agentKey, versionNumber, agentProfile })),
    voice: voice ?? builtInProfile('coordinator')?.instructions ?? '',
    toolPolicies: toolPolicies ?? {},
  };
}

async function agentOf(
  tx: Tx,
  tenantId: string,
  { agentId, agentVersionId }: TurnRecord,
  { agentKey, versionNumber, agentProfile }: Pick<TurnRow, 'agentKey' | 'versionNumber' | 'agentProfile'>,
): Promise<TeamAgent> {
  // A turn that an older version of the product began: it knew one agent.
  if (!agentId) return teamAgent(await loadTeam(tx, tenantId), 'balanced');
  const key = agentKey ?? '';
  const profile = agentProfile ?? builtInProfile(key);
  if (!profile) throw new AppError('NOT_FOUND', 'The agent of this turn has no profile');
  return { agentId, key, versionId: agentVersionId, versionNumber: versionNumber ?? 0, profile };
}

/** A turn whose agent is chosen. */
export type PreparedTurn = Turn & { record: TurnRecord; agent: TeamAgent };

/** @throws AppError NOT_FOUND when no agent was chosen */
export function requirePrepared(turn: Turn): PreparedTurn {
  const { record, agent } = turn;
  if (!record || !agent) throw new AppError('NOT_FOUND', 'No agent was chosen for this turn');
  return { ...turn, record, agent };
}

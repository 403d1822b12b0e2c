import type { Prisma, Tx } from '../../database';
import { AppError } from '../../errors';
import type { ToolPolicies } from '../approvals/types';
import { offeredTools } from '../team/assign';
import { agentOfTurn } from '../team/load';
import type { TeamAgent } from '../team/types';
import { loadTurn, requirePrepared, type PreparedTurn } from '../turn';
import type { TurnHead } from '../turn-context';
import type { TurnRef } from '../types';
import type { ReplayChanges, ReplayRef } from './types';

export type RecordedTurn = Prisma.DecisionRecordGetPayload<object>;

/** A recorded turn with what a replay of it changes. */
export interface ReplaySubject {
  record: RecordedTurn;
  turn: TurnRef;
  /** As the turn began, whoever has the conversation by now. */
  head: TurnHead;
  agent: TeamAgent;
  /** The coordinator's instructions, as the turn had them. */
  voice: string;
  /** What the tenant sets for single tools by now. */
  toolPolicies: ToolPolicies;
  offered: string[];
}

/** @throws AppError NOT_FOUND (the replay, or a version that was there when it was asked for) */
export async function loadSubject(tx: Tx, { tenantId, replayId }: ReplayRef): Promise<ReplaySubject> {
  const replay = await tx.turnReplay.findUnique({ where: { tenantId_id: { tenantId, id: replayId } } });
  if (!replay) throw new AppError('NOT_FOUND', 'There is no replay with this id');
  const record = await tx.decisionRecord.findUniqueOrThrow({
    where: { tenantId_id: { tenantId, id: replay.decisionRecordId } },
  });
  const turn = { tenantId, turnId: record.groupId };
  const loaded = requirePrepared(await loadTurn(tx, turn));
  const { head, voice, toolPolicies } = loaded;
  const changes = replay.changes as ReplayChanges;
  const chosen = await chosenAgent(tx, tenantId, loaded, changes);
  const { instructions, modelChain } = changes;
  const profile = {
    ...chosen.profile,
    ...(instructions === undefined ? {} : { instructions }),
    ...(modelChain === undefined ? {} : { modelChain }),
  };
  const isOther = changes.agentVersionId !== undefined;
  return {
    record,
    turn,
    head,
    agent: { ...chosen, profile },
    voice,
    toolPolicies,
    offered: isOther ? offeredTools(profile) : record.toolsOffered,
  };
}

async function chosenAgent(
  tx: Tx,
  tenantId: string,
  { agent }: PreparedTurn,
  { agentVersionId }: ReplayChanges,
): Promise<TeamAgent> {
  if (agentVersionId === undefined) return agent;
  if (agentVersionId === null) return agentOfTurn(tx, tenantId, { agentId: agent.agentId, versionId: null });
  const { agentId } = await requireVersionById(tx, tenantId, agentVersionId);
  return agentOfTurn(tx, tenantId, { agentId, versionId: agentVersionId });
}

/** @throws AppError NOT_FOUND */
export async function requireVersionById(tx: Tx, tenantId: string, id: string): Promise<{ agentId: string }> {
  const version = await tx.agentVersion.findFirst({ where: { tenantId, id, deletedAt: null } });
  if (!version) throw new AppError('NOT_FOUND', 'There is no agent version with this id');
  return version;
}

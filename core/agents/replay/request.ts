import type { Prisma, Tx } from '../../database';
import { AppError } from '../../errors';
import { newId } from '../../ids';
import { toPage, type Page, type PageRequest } from '../../crm/page';
import type { AgentDeps } from '../deps';
import { planOf } from '../plan';
import { builtInProfile } from '../team/built-in';
import { loadSubject, requireVersionById } from './subject';
import type { ReplayChanges, ReplayPlan, ReplayRef, ReplayResult, ReplayStatus } from './types';

export interface TurnReplay {
  id: string;
  decisionRecordId: string;
  batchId: string | null;
  changes: ReplayChanges;
  status: ReplayStatus;
  errorCode: string | null;
  result: ReplayResult | null;
  createdAt: Date;
  finishedAt: Date | null;
}

/**
 * Opens the replay of a turn; its workflow does the rest.
 *
 * @throws AppError NOT_FOUND (the record, or the version), PRECONDITION_FAILED (the turn is under way, what it read was forgotten, or
 * the product has no profile for its agent)
 */
export async function openReplay(
  tx: Tx,
  tenantId: string,
  { recordId, changes }: { recordId: string; changes: ReplayChanges },
): Promise<TurnReplay> {
  const record = await tx.decisionRecord.findUnique({ where: { tenantId_id: { tenantId, id: recordId } } });
  if (!record) throw new AppError('NOT_FOUND', 'There is no decision record with this id');
  if (!record.finishedAt)
    throw new AppError('PRECONDITION_FAILED', 'The turn is still under way; try again when it ended');
  if (record.memoryQuery === null)
    throw new AppError('PRECONDITION_FAILED', 'What this turn read was forgotten, so it cannot be replayed');
  await requireChanges(tx, tenantId, changes);
  if (changes.agentVersionId === null) await requireBuiltIn(tx, tenantId, record.agentId);
  const id = newId();
  await tx.turnReplay.create({ data: { id, tenantId, decisionRecordId: recordId, changes: { ...changes } } });
  return getReplay(tx, { tenantId, replayId: id });
}

/** @throws AppError NOT_FOUND */
export async function requireChanges(tx: Tx, tenantId: string, { agentVersionId }: ReplayChanges): Promise<void> {
  if (agentVersionId) await requireVersionById(tx, tenantId, agentVersionId);
}

/** @param agentId null for a turn from when there was one agent, that of the product. @throws AppError PRECONDITION_FAILED */
async function requireBuiltIn(tx: Tx, tenantId: string, agentId: string | null): Promise<void> {
  if (agentId === null) return;
  const agent = await tx.agent.findFirst({ where: { tenantId, id: agentId }, select: { key: true } });
  if (!builtInProfile(agent?.key ?? ''))
    throw new AppError(
      'PRECONDITION_FAILED',
      'The agent of this turn is your own, so the product has no profile for it; name an agent_version_id',
    );
}

/** @throws AppError NOT_FOUND */
export async function getReplay(tx: Tx, { tenantId, replayId }: ReplayRef): Promise<TurnReplay> {
  const row = await tx.turnReplay.findUnique({ where: { tenantId_id: { tenantId, id: replayId } } });
  if (!row) throw new AppError('NOT_FOUND', 'There is no replay with this id');
  return shown(row);
}

/** Newest first. */
export async function listReplays(
  tx: Tx,
  tenantId: string,
  { limit, after, ...filter }: PageRequest & { batchId?: string | undefined; decisionRecordId?: string | undefined },
): Promise<Page<TurnReplay>> {
  const rows = await tx.turnReplay.findMany({
    where: { tenantId, ...filter, ...(after?.[0] ? { id: { lt: after[0] } } : {}) },
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  return toPage(rows.map(shown), limit, ({ id }) => [id]);
}

function shown({ tenantId: _tenant, ...row }: Prisma.TurnReplayGetPayload<object>): TurnReplay {
  return row as unknown as TurnReplay;
}

/** How the replay asks. A rule that wanted a person before the agent said a word wants one whatever the agent is told. */
export function planReplay(deps: AgentDeps, ref: ReplayRef): Promise<ReplayPlan> {
  return deps.db.withTenant(ref.tenantId, async (tx) => {
    const { record, agent } = await loadSubject(tx, ref);
    const rules = Array.isArray(record.rules) ? record.rules.filter(isOfTurn) : [];
    const { providers, handOver } = planOf(deps, agent, rules);
    return { providers, ...(handOver ? { handOver } : {}) };
  });
}

/** Those about the reply came later, and are about another one. */
function isOfTurn(rule: unknown): boolean {
  return typeof rule === 'object' && rule !== null && 'decision' in rule && rule.decision === 'escalated';
}

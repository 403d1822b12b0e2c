import type { Tx } from '../../database';
import { AppError } from '../../errors';
import type { HistoryWriter } from './types';

/** Who wrote what the company said in a history; null when they are not there any more. */
export async function findWriter(tx: Tx, tenantId: string, agentId: string): Promise<HistoryWriter | null> {
  const agent = await tx.agent.findFirst({
    where: { tenantId, id: agentId, type: { in: ['human', 'virtual'] }, deletedAt: null },
    select: { periodStart: true, periodEnd: true },
  });
  return agent && { agentId, from: agent.periodStart, to: agent.periodEnd };
}

/** @throws AppError NOT_FOUND, INVARIANT_VIOLATION (an agent that is no person, of now or of the past) */
export async function requireWriter(tx: Tx, tenantId: string, agentId: string): Promise<void> {
  if (await findWriter(tx, tenantId, agentId)) return;
  const agent = await tx.agent.findFirst({ where: { tenantId, id: agentId, deletedAt: null }, select: { name: true } });
  if (!agent) throw new AppError('NOT_FOUND', 'There is no agent with this id');
  throw new AppError('INVARIANT_VIOLATION', `${agent.name} is no person, of now or of the past`);
}

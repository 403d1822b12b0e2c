import type { Tx } from '../../database';
import { AppError } from '../../errors';
import { newId } from '../../ids';
import { agentEvent, getAgent, type Agent } from './agents';

/** What tells people in lists that nobody is there. */
const VIRTUAL_PREFIX = '[Virtual] ';

/**
 * Stands for somebody of the past, so that a history names who wrote what the company said. Nothing is assigned to it, it
 * sends nothing, and no figure counts it.
 *
 * @throws AppError VALIDATION_ERROR (the period)
 */
export async function createVirtualAgent(
  tx: Tx,
  tenantId: string,
  { personName, start, end, reason }: { personName: string; start: Date; end: Date | null; reason: string },
): Promise<Agent> {
  requirePeriod(start, end);
  const name = `${VIRTUAL_PREFIX}${personName}`;
  const virtual = { representsPersonName: personName, periodStart: start, periodEnd: end, virtualReason: reason };
  const agentId = newId();
  await tx.agent.create({
    data: { ...virtual, tenantId, id: agentId, type: 'virtual', role: 'human_agent', status: 'offline', name },
  });
  await agentEvent(tx, { tenantId, agentId, eventType: 'agent.created', data: { type: 'virtual' } });
  return getAgent(tx, tenantId, agentId);
}

/** Says until when it was. @throws AppError NOT_FOUND, VALIDATION_ERROR (the period), INVARIANT_VIOLATION (no virtual agent, or ended) */
export async function endVirtualPeriod(
  tx: Tx,
  tenantId: string,
  { agentId, end }: { agentId: string; end: Date },
): Promise<Agent> {
  const { name, periodStart, periodEnd } = await getAgent(tx, tenantId, agentId);
  if (periodStart === null) throw new AppError('INVARIANT_VIOLATION', `${name} is not virtual and has no period`);
  if (periodEnd !== null)
    throw new AppError('INVARIANT_VIOLATION', `The period of ${name} has ended on ${periodEnd.toISOString()}`);
  requirePeriod(periodStart, end);
  await tx.agent.updateMany({
    where: { tenantId, id: agentId, periodEnd: null },
    data: { periodEnd: end, version: { increment: 1 }, updatedAt: new Date() },
  });
  await agentEvent(tx, { tenantId, agentId, eventType: 'agent.updated', data: { fields: ['periodEnd'] } });
  return getAgent(tx, tenantId, agentId);
}

function requirePeriod(start: Date, end: Date | null): void {
  if (end === null || end > start) return;
  const message = 'must be after the beginning of the period';
  throw new AppError('VALIDATION_ERROR', `period_end ${message}`, { fields: [{ field: 'period_end', message }] });
}

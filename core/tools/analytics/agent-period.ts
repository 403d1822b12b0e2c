import { z } from 'zod';
import type { Period } from '../../crm/agent-stats';
import type { Tx } from '../../database';
import { AppError } from '../../errors';

const DAY_MS = 24 * 3600_000;

/** `start` and `end` as the domain's tools take them; the last 30 days without. */
export const periodInput = {
  start: z.iso.datetime({ offset: true }).optional(),
  end: z.iso.datetime({ offset: true }).optional(),
};

export function readPeriod({ start, end }: { start?: string | undefined; end?: string | undefined }): Period {
  const to = end ? new Date(end) : new Date();
  return { from: start ? new Date(start) : new Date(to.getTime() - 30 * DAY_MS), to };
}

/** @throws AppError NOT_FOUND if one of them is not of this tenant */
export async function requireAgents(tx: Tx, tenantId: string, agentIds: string[]): Promise<void> {
  const ids = [...new Set(agentIds)];
  const count = await tx.agent.count({ where: { tenantId, id: { in: ids }, deletedAt: null } });
  if (count < ids.length) throw new AppError('NOT_FOUND', 'There is no agent with this id');
}

/** The latest texts an agent wrote in a period. */
export async function textsOf(
  tx: Tx,
  tenantId: string,
  { agentId, from, to, sampleSize }: Period & { agentId: string; sampleSize: number },
): Promise<string[]> {
  const rows = await tx.message.findMany({
    where: { tenantId, agentId, fromMe: true, deletedAt: null, text: { not: null }, sentAt: { gte: from, lte: to } },
    orderBy: { sentAt: 'desc' },
    take: sampleSize,
    select: { text: true },
  });
  return rows.map(({ text }) => text ?? '');
}

export const scoreShape = z.object({ name: z.string(), score: z.number(), because: z.string() });

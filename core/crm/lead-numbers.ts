import { sqlFile, type Tx } from '../database';
import { AppError } from '../errors';
import type { Period } from './agent-stats';
import { listStatuses } from './pipelines';

export const LEAD_STATUSES = ['all', 'qualified', 'unqualified'] as const;
export type LeadStatus = (typeof LEAD_STATUSES)[number];

/** Contacts that came in a period: all of them, or those of one lead status. */
export function countLeads(
  tx: Tx,
  tenantId: string,
  { from, to, status }: Period & { status: LeadStatus },
): Promise<number> {
  const where = { tenantId, deletedAt: null, createdAt: { gte: from, lte: to } };
  return tx.contact.count({ where: status === 'all' ? where : { ...where, leadStatus: status } });
}

export interface Conversion {
  /** Contacts that entered the pipeline in the period, and those of them that ever reached the status. */
  entered: number;
  converted: number;
  /** 0 to 1 to three places; null when nobody entered. */
  rate: number | null;
  wonStatus: string;
}

/**
 * @param of.wonStatusId the first status of type `closed` when null
 * @throws AppError NOT_FOUND (pipeline, or a status that is not of this pipeline)
 */
export async function conversionOf(
  tx: Tx,
  tenantId: string,
  { pipelineId, wonStatusId, from, to }: Period & { pipelineId: string; wonStatusId: string | null },
): Promise<Conversion> {
  const statuses = await listStatuses(tx, tenantId, pipelineId);
  const won = statuses.find(({ id, type }) => (wonStatusId ? id === wonStatusId : type === 'closed'));
  if (!won) throw new AppError('NOT_FOUND', 'The pipeline has no such closing status');
  const [row] = await tx.$queryRawUnsafe<Pick<Conversion, 'entered' | 'converted'>[]>(
    sqlFile('core/crm/sql/conversion.sql'),
    tenantId,
    pipelineId,
    won.id,
    from.toISOString(),
    to.toISOString(),
  );
  const { entered, converted } = row ?? { entered: 0, converted: 0 };
  const rate = entered === 0 ? null : Math.round((converted / entered) * 1000) / 1000;
  return { entered, converted, rate, wonStatus: won.name };
}

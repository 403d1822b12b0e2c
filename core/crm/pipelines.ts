import type { Tx } from '../database';
import { AppError } from '../errors';
import { newId } from '../ids';
import { appendEvents } from '../outbox/events';
import { toPage, type Page, type PageRequest } from './page';
import type { JsonObject, StatusType } from './types';
import { refuseDuplicates } from './unique';
import { lockConflict } from './versioned';

export interface PipelineFields {
  name: string;
  description: string | null;
  color: string;
  position: number;
  isActive: boolean;
  sessionTimeoutMinutes: number | null;
}

export interface Pipeline extends PipelineFields {
  id: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface StatusFields {
  name: string;
  type: StatusType;
  color: string;
  position: number;
  isActive: boolean;
}

export interface PipelineStatus extends Omit<StatusFields, 'type'> {
  id: string;
  pipelineId: string;
  type: string;
  version: number;
}

const SELECTED = {
  id: true,
  name: true,
  description: true,
  color: true,
  position: true,
  isActive: true,
  sessionTimeoutMinutes: true,
  version: true,
  createdAt: true,
  updatedAt: true,
} as const;

const STATUS_SELECTED = {
  id: true,
  pipelineId: true,
  name: true,
  type: true,
  color: true,
  position: true,
  isActive: true,
  version: true,
} as const;

const DUPLICATE = 'Another pipeline has this name';
const DUPLICATE_STATUS = 'Another status of this pipeline has this name';

/** @throws AppError ALREADY_EXISTS */
export async function createPipeline(
  tx: Tx,
  tenantId: string,
  fields: Pick<PipelineFields, 'name'> & Partial<PipelineFields>,
): Promise<Pipeline> {
  const pipeline = await refuseDuplicates(DUPLICATE, () =>
    tx.pipeline.create({ data: { ...fields, id: newId(), tenantId }, select: SELECTED }),
  );
  await pipelineEvent(tx, { tenantId, pipelineId: pipeline.id, eventType: 'pipeline.created', data: {} });
  return pipeline;
}

/** Newest first. */
export async function listPipelines(tx: Tx, tenantId: string, { limit, after }: PageRequest): Promise<Page<Pipeline>> {
  const rows = await tx.pipeline.findMany({
    where: { tenantId, deletedAt: null, ...(after?.[0] ? { id: { lt: after[0] } } : {}) },
    orderBy: { id: 'desc' },
    take: limit + 1,
    select: SELECTED,
  });
  return toPage(rows, limit, ({ id }) => [id]);
}

/** @throws AppError NOT_FOUND */
export async function getPipeline(tx: Tx, tenantId: string, pipelineId: string): Promise<Pipeline> {
  const where = { tenantId, id: pipelineId, deletedAt: null };
  const pipeline = await tx.pipeline.findFirst({ where, select: SELECTED });
  if (!pipeline) throw new AppError('NOT_FOUND', 'There is no pipeline with this id');
  return pipeline;
}

/** @throws AppError NOT_FOUND, OPTIMISTIC_LOCK_CONFLICT, ALREADY_EXISTS */
export async function updatePipeline(
  tx: Tx,
  tenantId: string,
  { pipelineId, version, changes }: { pipelineId: string; version: number; changes: Partial<PipelineFields> },
): Promise<Pipeline> {
  const { count } = await refuseDuplicates(DUPLICATE, () =>
    tx.pipeline.updateMany({
      where: { tenantId, id: pipelineId, deletedAt: null, version },
      data: { ...changes, version: { increment: 1 }, updatedAt: new Date() },
    }),
  );
  const pipeline = await getPipeline(tx, tenantId, pipelineId);
  if (count === 0) throw lockConflict('pipeline', pipeline.version);
  await pipelineEvent(tx, {
    tenantId,
    pipelineId,
    eventType: 'pipeline.updated',
    data: { fields: Object.keys(changes) },
  });
  return pipeline;
}

/** In their order. @throws AppError NOT_FOUND */
export async function listStatuses(tx: Tx, tenantId: string, pipelineId: string): Promise<PipelineStatus[]> {
  await getPipeline(tx, tenantId, pipelineId);
  return tx.pipelineStatus.findMany({
    where: { tenantId, pipelineId, deletedAt: null },
    orderBy: [{ position: 'asc' }, { id: 'asc' }],
    select: STATUS_SELECTED,
  });
}

/** At the end, if no position is given. @throws AppError NOT_FOUND, ALREADY_EXISTS */
export async function addStatus(
  tx: Tx,
  tenantId: string,
  { pipelineId, ...fields }: { pipelineId: string } & Pick<StatusFields, 'name' | 'type'> & Partial<StatusFields>,
): Promise<PipelineStatus> {
  const before = await listStatuses(tx, tenantId, pipelineId);
  const position = fields.position ?? (before.at(-1)?.position ?? -1) + 1;
  const status = await refuseDuplicates(DUPLICATE_STATUS, () =>
    tx.pipelineStatus.create({
      data: { ...fields, position, pipelineId, id: newId(), tenantId },
      select: STATUS_SELECTED,
    }),
  );
  const data = { statusId: status.id, name: status.name, type: status.type };
  await pipelineEvent(tx, { tenantId, pipelineId, eventType: 'pipeline.status_added', data });
  return status;
}

/** @throws AppError NOT_FOUND, INVARIANT_VIOLATION (contacts are in it) */
export async function removeStatus(
  tx: Tx,
  tenantId: string,
  { pipelineId, statusId }: { pipelineId: string; statusId: string },
): Promise<void> {
  const now = new Date();
  const { count } = await tx.pipelineStatus.updateMany({
    where: { tenantId, pipelineId, id: statusId, deletedAt: null },
    data: { deletedAt: now, updatedAt: now, version: { increment: 1 } },
  });
  if (count === 0) throw new AppError('NOT_FOUND', 'There is no status with this id in this pipeline');
  const contacts = await tx.contactStage.count({ where: { tenantId, pipelineId, statusId, exitedAt: null } });
  if (contacts > 0)
    throw new AppError('INVARIANT_VIOLATION', `${contacts} contacts are in this status; move them first`);
  await pipelineEvent(tx, { tenantId, pipelineId, eventType: 'pipeline.status_removed', data: { statusId } });
}

function pipelineEvent(
  tx: Tx,
  {
    tenantId,
    pipelineId,
    eventType,
    data,
  }: { tenantId: string; pipelineId: string; eventType: string; data: JsonObject },
): Promise<void> {
  return appendEvents(tx, [
    { tenantId, aggregateType: 'pipeline', aggregateId: pipelineId, eventType, data: { pipelineId, ...data } },
  ]);
}

import { sqlFile, type Tx } from '../database';
import { AppError } from '../errors';
import { newId } from '../ids';
import { appendEvents } from '../outbox/events';
import { addContactEvent } from './contact-events';
import { getContact } from './contacts';
import { getPipeline } from './pipelines';
import { sourceOf, type Actor } from './types';

/** Where a contact is in a pipeline. */
export interface ContactStage {
  pipelineId: string;
  pipelineName: string;
  statusId: string;
  statusName: string;
  statusType: string;
  enteredAt: Date;
  reason: string | null;
}

export interface StageChange {
  contactId: string;
  pipelineId: string;
  statusId: string;
  reason: string | null;
  notes: string | null;
  actor: Actor;
}

/**
 * Moves a contact into a status, leaving the one it is in. Moving it where it is changes nothing.
 *
 * @throws AppError NOT_FOUND (contact, pipeline, or a status that is not of this pipeline)
 */
export async function changeStage(tx: Tx, tenantId: string, change: StageChange): Promise<ContactStage> {
  const { contactId, pipelineId, statusId, reason, notes, actor } = change;
  await getContact(tx, tenantId, contactId);
  await getPipeline(tx, tenantId, pipelineId);
  // The lock makes two moves at once one after the other; the unique index of open stages would refuse the second.
  await tx.$queryRawUnsafe(sqlFile('core/crm/sql/lock_contact.sql'), tenantId, contactId);
  const status = await tx.pipelineStatus.findFirst({
    where: { tenantId, pipelineId, id: statusId, deletedAt: null },
    select: { name: true },
  });
  if (!status) throw new AppError('NOT_FOUND', 'There is no status with this id in this pipeline');
  const before = (await stagesOf(tx, tenantId, contactId)).find((stage) => stage.pipelineId === pipelineId);
  if (before?.statusId === statusId) return before;
  const now = new Date();
  await tx.contactStage.updateMany({
    where: { tenantId, contactId, pipelineId, exitedAt: null },
    data: { exitedAt: now },
  });
  await tx.contactStage.create({
    data: {
      id: newId(),
      tenantId,
      contactId,
      pipelineId,
      statusId,
      reason,
      notes,
      changedBy: { ...actor },
      enteredAt: now,
    },
  });
  const data = { contactId, pipelineId, statusId, fromStatusId: before?.statusId ?? null, reason, ...actor };
  const eventType = before ? 'contact.pipeline_status_changed' : 'contact.entered_pipeline';
  await appendEvents(tx, [{ tenantId, aggregateType: 'contact', aggregateId: contactId, eventType, data }]);
  await addContactEvent(tx, tenantId, {
    contactId,
    category: 'pipeline',
    eventType: before ? 'pipeline_stage_changed' : 'entered_pipeline',
    title: before ? `${before.statusName} → ${status.name}` : status.name,
    payload: { pipeline_id: pipelineId, status_id: statusId, from_status_id: before?.statusId ?? null, reason },
    source: sourceOf(actor),
  });
  const after = (await stagesOf(tx, tenantId, contactId)).find((stage) => stage.pipelineId === pipelineId);
  if (!after) throw new AppError('INTERNAL_ERROR', 'A stage that was just written is not there');
  return after;
}

/** Where a contact is, pipeline by pipeline. */
export function stagesOf(tx: Tx, tenantId: string, contactId: string): Promise<ContactStage[]> {
  return tx.$queryRawUnsafe<ContactStage[]>(sqlFile('core/crm/sql/contact_stages.sql'), tenantId, contactId);
}

/** @throws AppError NOT_FOUND (contact, pipeline, or the contact is not in it) */
export async function stageIn(
  tx: Tx,
  tenantId: string,
  { contactId, pipelineId }: { contactId: string; pipelineId: string },
): Promise<ContactStage> {
  await getContact(tx, tenantId, contactId);
  await getPipeline(tx, tenantId, pipelineId);
  const stage = (await stagesOf(tx, tenantId, contactId)).find((one) => one.pipelineId === pipelineId);
  if (!stage) throw new AppError('NOT_FOUND', 'The contact is not in this pipeline');
  return stage;
}

export interface StatusCount {
  pipelineId: string;
  statusId: string;
  name: string;
  type: string;
  position: number;
  contacts: number;
}

/** How many contacts are in each status, of all pipelines. */
export function statusCounts(tx: Tx, tenantId: string): Promise<StatusCount[]> {
  return tx.$queryRawUnsafe<StatusCount[]>(sqlFile('core/crm/sql/status_counts.sql'), tenantId);
}

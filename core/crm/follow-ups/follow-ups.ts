import type { Tx } from '../../database';
import { AppError } from '../../errors';
import { newId } from '../../ids';
import { appendEvents, WORKFLOW_EVENTS } from '../../outbox/events';
import { getContact } from '../contacts';
import { toPage, type Page, type PageRequest } from '../page';
import type { Actor } from '../types';
import { lockConflict } from '../versioned';

export const FOLLOW_UP_STATUSES = ['scheduled', 'sent', 'cancelled', 'skipped', 'failed'] as const;
export type FollowUpStatus = (typeof FOLLOW_UP_STATUSES)[number];

/** Further away it is more likely a slip of the pen than a plan. */
const MAX_DAYS_AHEAD = 366;
const DAY_MS = 86_400_000;

export interface FollowUp {
  id: string;
  contactId: string;
  channelId: string;
  text: string;
  scheduledAt: Date;
  status: string;
  reason: string | null;
  messageId: string | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

const SELECTED = {
  id: true,
  contactId: true,
  channelId: true,
  text: true,
  scheduledAt: true,
  status: true,
  reason: true,
  messageId: true,
  version: true,
  createdAt: true,
  updatedAt: true,
} as const;

export interface NewFollowUp {
  contactId: string;
  channelId: string;
  text: string;
  scheduledAt: Date;
  actor: Actor;
}

/** @throws AppError NOT_FOUND (contact, channel), VALIDATION_ERROR (the time is past or too far away) */
export async function scheduleFollowUp(tx: Tx, tenantId: string, { actor, ...fields }: NewFollowUp): Promise<FollowUp> {
  requireTimeAhead(fields.scheduledAt);
  await getContact(tx, tenantId, fields.contactId);
  const channels = await tx.channel.count({ where: { tenantId, id: fields.channelId, deletedAt: null } });
  if (channels === 0) throw new AppError('NOT_FOUND', 'There is no channel with this id');
  const followUp = await tx.followUp.create({
    data: { ...fields, id: newId(), tenantId, createdBy: actor },
    select: SELECTED,
  });
  await tellFollowUp(tx, { tenantId, followUp, eventType: WORKFLOW_EVENTS.followUpScheduled, actor });
  return followUp;
}

/** Newest first. */
export async function listFollowUps(
  tx: Tx,
  tenantId: string,
  {
    limit,
    after,
    contactId,
    status,
  }: PageRequest & { contactId?: string | undefined; status?: FollowUpStatus | undefined },
): Promise<Page<FollowUp>> {
  const rows = await tx.followUp.findMany({
    where: {
      tenantId,
      ...(contactId ? { contactId } : {}),
      ...(status ? { status } : {}),
      ...(after?.[0] ? { id: { lt: after[0] } } : {}),
    },
    orderBy: { id: 'desc' },
    take: limit + 1,
    select: SELECTED,
  });
  return toPage(rows, limit, ({ id }) => [id]);
}

/** @throws AppError NOT_FOUND */
export async function getFollowUp(tx: Tx, tenantId: string, followUpId: string): Promise<FollowUp> {
  const followUp = await tx.followUp.findFirst({ where: { tenantId, id: followUpId }, select: SELECTED });
  if (!followUp) throw new AppError('NOT_FOUND', 'There is no follow-up with this id');
  return followUp;
}

/**
 * Another time or text, while it was not sent.
 *
 * @throws AppError NOT_FOUND, VALIDATION_ERROR (the time), INVARIANT_VIOLATION (it is over), OPTIMISTIC_LOCK_CONFLICT
 */
export async function changeFollowUp(
  tx: Tx,
  tenantId: string,
  {
    followUpId,
    version,
    changes,
    actor,
  }: { followUpId: string; version: number; changes: { scheduledAt?: Date; text?: string }; actor: Actor },
): Promise<FollowUp> {
  if (changes.scheduledAt) requireTimeAhead(changes.scheduledAt);
  const { count } = await tx.followUp.updateMany({
    where: { tenantId, id: followUpId, status: 'scheduled', version },
    data: { ...changes, version: { increment: 1 }, updatedAt: new Date() },
  });
  const followUp = await getFollowUp(tx, tenantId, followUpId);
  if (count === 0) {
    requireScheduled(followUp);
    throw lockConflict('follow-up', followUp.version);
  }
  await tellFollowUp(tx, { tenantId, followUp, eventType: WORKFLOW_EVENTS.followUpChanged, actor });
  return followUp;
}

/** Cancelled twice is cancelled. @throws AppError NOT_FOUND, INVARIANT_VIOLATION (it is over) */
export async function cancelFollowUp(
  tx: Tx,
  tenantId: string,
  { followUpId, actor }: { followUpId: string; actor: Actor },
): Promise<FollowUp> {
  const { count } = await tx.followUp.updateMany({
    where: { tenantId, id: followUpId, status: 'scheduled' },
    data: { status: 'cancelled', version: { increment: 1 }, updatedAt: new Date() },
  });
  const followUp = await getFollowUp(tx, tenantId, followUpId);
  if (count > 0) await tellFollowUp(tx, { tenantId, followUp, eventType: WORKFLOW_EVENTS.followUpChanged, actor });
  else if (followUp.status !== 'cancelled') requireScheduled(followUp);
  return followUp;
}

function requireScheduled({ status }: FollowUp): void {
  if (status !== 'scheduled')
    throw new AppError('INVARIANT_VIOLATION', `The follow-up is ${status}; schedule a new one`);
}

function requireTimeAhead(scheduledAt: Date): void {
  const aheadMs = scheduledAt.getTime() - Date.now();
  if (aheadMs > 0 && aheadMs <= MAX_DAYS_AHEAD * DAY_MS) return;
  const message = `must lie in the future, at most ${MAX_DAYS_AHEAD} days away`;
  throw new AppError('VALIDATION_ERROR', `scheduled_at ${message}`, { fields: [{ field: 'scheduled_at', message }] });
}

/** The event carries ids, never the text. */
export function tellFollowUp(
  tx: Tx,
  of: { tenantId: string; followUp: Pick<FollowUp, 'id' | 'contactId' | 'status'>; eventType: string; actor: Actor },
): Promise<void> {
  const { tenantId, eventType, actor } = of;
  const { id, contactId, status } = of.followUp;
  const data = { followUpId: id, contactId, status, ...actor };
  return appendEvents(tx, [{ tenantId, aggregateType: 'follow_up', aggregateId: id, eventType, data }]);
}

import type { Prisma, Tx } from '../database';
import { newId } from '../ids';
import { toPage, type Page, type PageRequest } from './page';
import type { EventCategory, JsonObject, Priority } from './types';

export interface NewContactEvent {
  contactId: string;
  sessionId?: string | null;
  category: EventCategory;
  eventType: string;
  title: string;
  payload?: JsonObject;
  priority?: Priority;
  source: 'system' | 'agent' | 'user';
  visibleToClient?: boolean;
  /** The person it is for. */
  toldAgentId?: string | null;
  occurredAt?: Date;
}

/** A line of a contact's timeline. */
export interface ContactEvent {
  id: string;
  contactId: string;
  sessionId: string | null;
  category: string;
  eventType: string;
  title: string;
  payload: Prisma.JsonValue;
  priority: string;
  source: string;
  visibleToClient: boolean;
  /** The person it is for; null: for whoever looks at the contact. */
  toldAgentId: string | null;
  occurredAt: Date;
}

const SELECTED = {
  id: true,
  contactId: true,
  sessionId: true,
  category: true,
  eventType: true,
  title: true,
  payload: true,
  priority: true,
  source: true,
  visibleToClient: true,
  toldAgentId: true,
  occurredAt: true,
} as const;

/** The caller knows that the contact exists. */
export function addContactEvent(tx: Tx, tenantId: string, event: NewContactEvent): Promise<ContactEvent> {
  return tx.contactEvent.create({ data: { ...event, id: newId(), tenantId }, select: SELECTED });
}

/** Newest first. */
export async function listContactEvents(
  tx: Tx,
  tenantId: string,
  {
    limit,
    after,
    contactId,
    categories,
    since,
  }: PageRequest & { contactId: string; categories?: EventCategory[] | undefined; since?: Date | undefined },
): Promise<Page<ContactEvent>> {
  const rows = await tx.contactEvent.findMany({
    where: {
      tenantId,
      contactId,
      ...(categories?.length ? { category: { in: categories } } : {}),
      ...(since ? { occurredAt: { gte: since } } : {}),
      ...(after?.[0] ? { id: { lt: after[0] } } : {}),
    },
    orderBy: { id: 'desc' },
    take: limit + 1,
    select: SELECTED,
  });
  return toPage(rows, limit, ({ id }) => [id]);
}

/** What a person was told, newest first. The caller knows that the person exists. */
export async function listNotifications(
  tx: Tx,
  tenantId: string,
  { limit, after, agentId }: PageRequest & { agentId: string },
): Promise<Page<ContactEvent>> {
  const rows = await tx.contactEvent.findMany({
    where: { tenantId, toldAgentId: agentId, ...(after?.[0] ? { id: { lt: after[0] } } : {}) },
    orderBy: { id: 'desc' },
    take: limit + 1,
    select: SELECTED,
  });
  return toPage(rows, limit, ({ id }) => [id]);
}

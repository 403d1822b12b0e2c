import type { Tx } from '../database';
import { AppError } from '../errors';
import { newId } from '../ids';
import { appendEvents } from '../outbox/events';
import { addContactEvent } from './contact-events';
import { getContact } from './contacts';
import { toPage, type Page, type PageRequest } from './page';
import { sourceOf, type Actor, type JsonObject } from './types';
import { lockConflict } from './versioned';

export const TICKET_STATUSES = ['open', 'in_progress', 'waiting', 'resolved', 'closed'] as const;
export type TicketStatus = (typeof TICKET_STATUSES)[number];

export const ESCALATION_LEVELS = ['supervisor', 'engineering'] as const;
export type EscalationLevel = (typeof ESCALATION_LEVELS)[number];

/** A ticket as severe as this is a supervisor's from the start: domain reference, section 5. */
const SUPERVISOR_FROM_SEVERITY = 8;

export interface TicketFields {
  subject: string;
  description: string;
  /** 1 (a question) to 10 (nothing works). */
  severity: number;
  status: TicketStatus;
  resolution: string | null;
}

export interface Ticket extends Omit<TicketFields, 'status'> {
  id: string;
  contactId: string;
  conversationId: string | null;
  status: string;
  escalation: string;
  escalationReason: string | null;
  escalatedAt: Date | null;
  resolvedAt: Date | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

const SELECTED = {
  id: true,
  contactId: true,
  conversationId: true,
  subject: true,
  description: true,
  severity: true,
  status: true,
  escalation: true,
  escalationReason: true,
  escalatedAt: true,
  resolution: true,
  resolvedAt: true,
  version: true,
  createdAt: true,
  updatedAt: true,
} as const;

export interface NewTicket extends Pick<TicketFields, 'subject' | 'description' | 'severity'> {
  contactId: string;
  conversationId: string | null;
  actor: Actor;
}

/** @throws AppError NOT_FOUND (contact, or a conversation that is not the contact's) */
export async function createTicket(tx: Tx, tenantId: string, { actor, ...fields }: NewTicket): Promise<Ticket> {
  await getContact(tx, tenantId, fields.contactId);
  await requireConversation(tx, tenantId, fields);
  const ticket = await tx.ticket.create({
    data: { ...fields, id: newId(), tenantId, createdBy: actor },
    select: SELECTED,
  });
  await ticketEvent(tx, { tenantId, ticket, eventType: 'ticket.created', actor });
  await addContactEvent(tx, tenantId, {
    contactId: ticket.contactId,
    category: 'issue',
    eventType: 'ticket_created',
    title: 'ticket',
    payload: { ticket_id: ticket.id, severity: ticket.severity },
    priority: isSevere(ticket) ? 'urgent' : 'normal',
    source: sourceOf(actor),
  });
  if (!isSevere(ticket)) return ticket;
  const reason = `severity ${ticket.severity}`;
  return escalateTicket(tx, tenantId, { ticketId: ticket.id, level: 'supervisor', reason, actor: { by: 'system' } });
}

/** Newest first. */
export async function listTickets(
  tx: Tx,
  tenantId: string,
  {
    limit,
    after,
    contactId,
    status,
  }: PageRequest & { contactId?: string | undefined; status?: TicketStatus | undefined },
): Promise<Page<Ticket>> {
  const rows = await tx.ticket.findMany({
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

/** With `contactId`: of that contact only. @throws AppError NOT_FOUND */
export async function getTicket(
  tx: Tx,
  tenantId: string,
  { ticketId, contactId }: { ticketId: string; contactId?: string | undefined },
): Promise<Ticket> {
  const where = { tenantId, id: ticketId, ...(contactId ? { contactId } : {}) };
  const ticket = await tx.ticket.findFirst({ where, select: SELECTED });
  if (!ticket) throw new AppError('NOT_FOUND', 'There is no ticket with this id');
  return ticket;
}

/**
 * A resolved ticket may be opened again; a closed one is history.
 *
 * @throws AppError NOT_FOUND, OPTIMISTIC_LOCK_CONFLICT, INVARIANT_VIOLATION (it is closed)
 */
export async function updateTicket(
  tx: Tx,
  tenantId: string,
  {
    ticketId,
    version,
    changes,
    actor,
  }: { ticketId: string; version: number; changes: Partial<TicketFields>; actor: Actor },
): Promise<Ticket> {
  requireOpen(await getTicket(tx, tenantId, { ticketId }));
  const { count } = await tx.ticket.updateMany({
    where: { tenantId, id: ticketId, version, status: { not: 'closed' } },
    data: { ...changes, ...resolvedAt(changes.status), version: { increment: 1 }, updatedAt: new Date() },
  });
  const ticket = await getTicket(tx, tenantId, { ticketId });
  if (count === 0) throw lockConflict('ticket', ticket.version);
  const data = { fields: Object.keys(changes) };
  await ticketEvent(tx, { tenantId, ticket, eventType: 'ticket.updated', actor, data });
  return ticket;
}

/**
 * Gives a ticket to a supervisor or to engineering. One that is there already stays as it is.
 *
 * @throws AppError NOT_FOUND, INVARIANT_VIOLATION (it is closed)
 */
export async function escalateTicket(
  tx: Tx,
  tenantId: string,
  {
    ticketId,
    contactId,
    level,
    reason,
    actor,
  }: {
    ticketId: string;
    contactId?: string | undefined;
    level: EscalationLevel;
    reason: string;
    actor: Actor;
  },
): Promise<Ticket> {
  const before = await getTicket(tx, tenantId, { ticketId, contactId });
  requireOpen(before);
  const now = new Date();
  const { count } = await tx.ticket.updateMany({
    where: { tenantId, id: ticketId, escalation: { not: level }, status: { not: 'closed' } },
    data: {
      escalation: level,
      escalationReason: reason,
      escalatedAt: now,
      version: { increment: 1 },
      updatedAt: now,
    },
  });
  const ticket = await getTicket(tx, tenantId, { ticketId });
  if (count === 0) return ticket;
  await ticketEvent(tx, { tenantId, ticket, eventType: 'ticket.escalated', actor, data: { level } });
  await addContactEvent(tx, tenantId, {
    contactId: ticket.contactId,
    category: 'issue',
    eventType: 'ticket_escalated',
    title: level,
    payload: { ticket_id: ticket.id, level },
    priority: 'high',
    source: sourceOf(actor),
  });
  return ticket;
}

function isSevere({ severity }: { severity: number }): boolean {
  return severity >= SUPERVISOR_FROM_SEVERITY;
}

function requireOpen({ status }: Ticket): void {
  if (status === 'closed') throw new AppError('INVARIANT_VIOLATION', 'The ticket is closed; create a new one');
}

function resolvedAt(status: TicketStatus | undefined): { resolvedAt?: Date | null } {
  if (status === undefined || status === 'closed') return {};
  return { resolvedAt: status === 'resolved' ? new Date() : null };
}

async function requireConversation(
  tx: Tx,
  tenantId: string,
  { contactId, conversationId }: { contactId: string; conversationId: string | null },
): Promise<void> {
  if (conversationId === null) return;
  const count = await tx.conversation.count({ where: { tenantId, id: conversationId, contactId } });
  if (count === 0) throw new AppError('NOT_FOUND', 'The contact has no conversation with this id');
}

interface TicketEvent {
  tenantId: string;
  ticket: Ticket;
  eventType: string;
  actor: Actor;
  data?: JsonObject;
}

/** Events carry ids and states, never what was written. */
function ticketEvent(tx: Tx, { tenantId, ticket, eventType, actor, data }: TicketEvent): Promise<void> {
  const { id, contactId, severity, status } = ticket;
  const about = { ticketId: id, contactId, severity, status, ...data, ...actor };
  return appendEvents(tx, [{ tenantId, aggregateType: 'ticket', aggregateId: id, eventType, data: about }]);
}

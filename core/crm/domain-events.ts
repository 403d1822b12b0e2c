import type { Prisma, Tx } from '../database';
import { toPage, type Page, type PageRequest } from './page';

/** An event of the outbox as people and programs read it. */
export interface DomainEvent {
  id: string;
  eventType: string;
  eventVersion: string;
  aggregateType: string;
  aggregateId: string;
  contactId: string | null;
  data: Prisma.JsonValue;
  correlationId: string | null;
  /** How far its delivery is: `pending`, `processing`, `processed` or `failed`. */
  status: string;
  createdAt: Date;
}

export interface DomainEventFilter {
  contactId?: string | undefined;
  /** A name (`contact.created`), or all names with a beginning (`contact.*`). */
  eventType?: string | undefined;
}

/**
 * The events that the outbox still has, newest first: those that wait or failed, and delivered ones for
 * `OUTBOX_KEEP_DAYS`. The caller knows that the contact exists.
 */
export async function listDomainEvents(
  tx: Tx,
  tenantId: string,
  { limit, after, contactId, eventType }: PageRequest & DomainEventFilter,
): Promise<Page<DomainEvent>> {
  const rows = await tx.outboxEvent.findMany({
    where: {
      tenantId,
      ...(contactId ? { contactId } : {}),
      ...(eventType ? { eventType: namedLike(eventType) } : {}),
      ...(after?.[0] ? { sequence: { lt: BigInt(after[0]) } } : {}),
    },
    orderBy: { sequence: 'desc' },
    take: limit + 1,
  });
  const { items, nextAfter } = toPage(rows, limit, ({ sequence }) => [String(sequence)]);
  return { items: items.map(toEvent), nextAfter };
}

function namedLike(eventType: string): string | { startsWith: string } {
  return eventType.endsWith('.*') ? { startsWith: eventType.slice(0, -1) } : eventType;
}

type Row = Awaited<ReturnType<Tx['outboxEvent']['findFirstOrThrow']>>;

function toEvent(row: Row): DomainEvent {
  const { eventType, eventVersion, aggregateType, aggregateId, contactId, status, createdAt } = row;
  const metadata = row.metadata as { correlation_id?: string };
  return {
    id: row.eventId,
    eventType,
    eventVersion,
    aggregateType,
    aggregateId,
    contactId,
    data: row.eventData,
    correlationId: metadata.correlation_id ?? null,
    status,
    createdAt,
  };
}

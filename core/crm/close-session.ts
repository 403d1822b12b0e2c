import { sqlFile, type Tx } from '../database';
import { AppError } from '../errors';
import { appendEvents } from '../outbox/events';
import { addNote } from './notes';
import type { Actor } from './types';

export const RESOLUTIONS = ['resolved', 'escalated', 'unresolved'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];
/** Of the end reasons of the domain those that somebody gives; the others are of the product itself. */
export const CLOSE_REASONS = ['manual_close', 'contact_request', 'agent_close'] as const;

export interface SessionClosing {
  sessionId: string;
  contactId: string;
  reason: (typeof CLOSE_REASONS)[number];
  /** Kept as a note of type session_summary. */
  summary: string | null;
  resolution: Resolution | null;
  sentiment?: string | undefined;
  actor: Actor;
}

/**
 * Ends a session, in the caller's transaction; the caller knows that it is the tenant's. The next message of the contact begins
 * another.
 *
 * @throws AppError SESSION_CLOSED when it has ended already
 */
export async function closeSession(tx: Tx, tenantId: string, closing: SessionClosing): Promise<void> {
  const { sessionId, contactId, reason, summary, resolution, sentiment, actor } = closing;
  const closed = await tx.$queryRawUnsafe<{ endedAt: Date }[]>(
    sqlFile('core/crm/sql/close_session.sql'),
    tenantId,
    sessionId,
    reason,
  );
  if (closed.length === 0) throw new AppError('SESSION_CLOSED', 'The session has ended already');
  if (summary !== null) {
    await addNote(tx, tenantId, {
      contactId,
      sessionId,
      type: 'session_summary',
      content: summary,
      tags: [resolution, sentiment].flatMap((tag) => tag ?? []),
      actor,
    });
  }
  const data = { sessionId, contactId, resolution, sentiment: sentiment ?? null, endReason: reason, ...actor };
  const event = (eventType: string) => ({
    tenantId,
    aggregateType: 'session' as const,
    aggregateId: sessionId,
    eventType,
    data,
  });
  await appendEvents(tx, [
    event('session.ended'),
    ...(resolution === 'resolved' ? [event('session.resolved')] : []),
    ...(resolution === 'escalated' ? [event('session.escalated')] : []),
  ]);
}

/** @throws AppError NOT_FOUND (not a session of this conversation), SESSION_CLOSED */
export async function requireOpenSession(
  tx: Tx,
  tenantId: string,
  { sessionId, conversationId }: { sessionId: string; conversationId: string },
): Promise<void> {
  const session = await tx.session.findFirst({
    where: { tenantId, id: sessionId, conversationId, deletedAt: null },
    select: { status: true },
  });
  if (!session) throw new AppError('NOT_FOUND', 'The conversation has no session with this id');
  if (session.status !== 'active') {
    throw new AppError('SESSION_CLOSED', `The session is ${session.status}; nothing is handed back`);
  }
}

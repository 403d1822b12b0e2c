import { sqlFile, type Database, type Tx } from '../database';
import { appendEvents } from '../outbox/events';

interface EndedSession {
  endedAt: Date;
  startedAt: Date;
  contactId: string;
  conversationId: string;
  channelId: string;
  messageCount: number;
}

/**
 * Ends a session whose time is up by what the database knows: a message that the caller has not heard of keeps it alive.
 * Ending it twice changes nothing.
 *
 * @returns how long the session still has, 0 when it is over.
 */
export function endIdleSession(
  db: Database,
  { tenantId, sessionId, timeoutMs }: { tenantId: string; sessionId: string; timeoutMs: number },
): Promise<{ remainingMs: number }> {
  return db.withTenant(tenantId, async (tx) => {
    const ended = await tx.$queryRawUnsafe<EndedSession[]>(
      sqlFile('core/conversation/sql/end-idle-session.sql'),
      tenantId,
      sessionId,
      timeoutMs,
    );
    const session = ended[0];
    if (!session) return { remainingMs: await remainingMs(tx, { tenantId, sessionId, timeoutMs }) };
    await appendEvents(tx, [
      {
        tenantId,
        aggregateType: 'session',
        aggregateId: sessionId,
        eventType: 'session.ended',
        data: {
          sessionId,
          contactId: session.contactId,
          conversationId: session.conversationId,
          channelId: session.channelId,
          reason: 'inactivity_timeout',
          startedAt: session.startedAt.toISOString(),
          endedAt: session.endedAt.toISOString(),
          messageCount: session.messageCount,
        },
      },
    ]);
    return { remainingMs: 0 };
  });
}

async function remainingMs(tx: Tx, of: { tenantId: string; sessionId: string; timeoutMs: number }): Promise<number> {
  const rows = await tx.$queryRawUnsafe<{ remainingMs: number }[]>(
    sqlFile('core/conversation/sql/session-remaining.sql'),
    of.tenantId,
    of.sessionId,
    of.timeoutMs,
  );
  // A session that is not active any more has no time left.
  return rows[0]?.remainingMs ?? 0;
}

import { sqlFile, type Database } from '../database';
import { appendEvents } from '../outbox/events';

interface EndedSession {
  endedAt: Date;
  startedAt: Date;
  channelId: string;
  messageCount: number;
}

/**
 * Ends a session whose time is up by what the database knows: a message that the caller has not heard of keeps it alive.
 * Ending it twice changes nothing.
 */
export function endIdleSession(
  db: Database,
  { tenantId, sessionId, idleMs }: { tenantId: string; sessionId: string; idleMs: number },
): Promise<{ isEnded: boolean }> {
  return db.withTenant(tenantId, async (tx) => {
    const ended = await tx.$queryRawUnsafe<EndedSession[]>(
      sqlFile('core/conversation/sql/end-idle-session.sql'),
      tenantId,
      sessionId,
      idleMs,
    );
    const session = ended[0];
    if (!session) {
      const current = await tx.session.findUnique({ where: { tenantId_id: { tenantId, id: sessionId } } });
      return { isEnded: current?.status !== 'active' };
    }
    await appendEvents(tx, [
      {
        tenantId,
        aggregateType: 'session',
        aggregateId: sessionId,
        eventType: 'session.ended',
        data: {
          reason: 'inactivity_timeout',
          channel_id: session.channelId,
          started_at: session.startedAt.toISOString(),
          ended_at: session.endedAt.toISOString(),
          message_count: session.messageCount,
        },
      },
    ]);
    return { isEnded: true };
  });
}

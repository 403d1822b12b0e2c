import { sqlFile, type Tx } from '../database';
import { AppError } from '../errors';
import { toPage, type Page, type PageRequest } from './page';

export interface Session {
  id: string;
  contactId: string;
  channelId: string;
  conversationId: string;
  chatId: string | null;
  status: string;
  endReason: string | null;
  timeoutMinutes: number;
  startedAt: Date;
  endedAt: Date | null;
  lastActivityAt: Date;
  messageCount: number;
  messagesFromContact: number;
  messagesFromAgent: number;
  /** As the API shows it; null until it is written. */
  summary: object | null;
}

export interface SessionFilter {
  sessionId?: string | undefined;
  contactId?: string | undefined;
  conversationId?: string | undefined;
  status?: string | undefined;
  channelId?: string | undefined;
  chatId?: string | undefined;
  /** Of a time in which it started; the end is not included. */
  from?: Date | undefined;
  to?: Date | undefined;
  /** Of its summary, as the ones below: a session without one is not found by them. */
  sentiment?: string | undefined;
  isResolved?: boolean | undefined;
  /** Words, in Portuguese without regard to accents and most endings. */
  search?: string | undefined;
}

type SessionRow = Session & { position: string };

async function selectSessions(
  tx: Tx,
  tenantId: string,
  filter: SessionFilter,
  page: PageRequest,
): Promise<SessionRow[]> {
  return tx.$queryRawUnsafe<SessionRow[]>(
    sqlFile('core/crm/sql/list_sessions.sql'),
    tenantId,
    filter.sessionId ?? null,
    filter.contactId ?? null,
    filter.conversationId ?? null,
    filter.status ?? null,
    page.after?.[0] ?? null,
    page.after?.[1] ?? null,
    page.limit + 1,
    filter.channelId ?? null,
    filter.chatId ?? null,
    filter.from?.toISOString() ?? null,
    filter.to?.toISOString() ?? null,
    filter.sentiment ?? null,
    filter.isResolved ?? null,
    filter.search ?? null,
  );
}

/** Newest first. */
export async function listSessions(
  tx: Tx,
  tenantId: string,
  request: PageRequest & SessionFilter,
): Promise<Page<Session>> {
  const rows = await selectSessions(tx, tenantId, request, request);
  return toPage(rows, request.limit, (row) => [row.position, row.id]);
}

/** @throws AppError NOT_FOUND */
export async function getSession(tx: Tx, tenantId: string, sessionId: string): Promise<Session> {
  const [session] = await selectSessions(tx, tenantId, { sessionId }, { limit: 1, after: null });
  if (!session) throw new AppError('NOT_FOUND', 'There is no session with this id');
  return session;
}

export interface SessionStats {
  total: number;
  active: number;
  ended: number;
  startedLast24Hours: number;
  averageDurationSeconds: number | null;
  averageMessages: number | null;
}

export async function sessionStats(tx: Tx, tenantId: string): Promise<SessionStats> {
  const [stats] = await tx.$queryRawUnsafe<SessionStats[]>(sqlFile('core/crm/sql/session_stats.sql'), tenantId);
  if (!stats) throw new AppError('INTERNAL_ERROR', 'The statistics of sessions came back empty');
  return stats;
}

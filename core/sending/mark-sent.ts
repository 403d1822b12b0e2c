import { sqlFile, type Database, type Tx } from '../database';
import { normaliseMessageId } from '../ingest/waha/message-id';

interface SentMessage {
  tenantId: string;
  messageId: string;
  /** The id made before the send; null for media, whose id is the channel's. */
  channelMessageId: string | null;
  /** The id in the channel's answer. */
  answeredId: string | null;
}

/** What the channel has told about a message by its echo. */
interface Echo {
  status: string;
  deliveredAt: Date | null;
  readAt: Date | null;
  playedAt: Date | null;
}

const UNIQUE_VIOLATION = '23505';

/**
 * Writes that the channel took the message, and under which id. An echo that was stored as a message of its own is taken
 * back: what it knew of the delivery goes to the message, which is then the only one with this id.
 */
export async function markSent(db: Database, sent: SentMessage): Promise<void> {
  const mark = () => db.withTenant(sent.tenantId, (tx) => write(tx, sent));
  try {
    await mark();
  } catch (error) {
    // The echo was being stored at the same moment. Now it is there to be taken back; failing would send it again.
    if (!isUniqueViolation(error)) throw error;
    await mark();
  }
}

async function write(tx: Tx, { tenantId, messageId, channelMessageId, answeredId }: SentMessage): Promise<void> {
  const id = channelMessageId ?? (answeredId && normaliseMessageId(answeredId));
  const [echo] =
    channelMessageId === null && id !== null
      ? await tx.$queryRawUnsafe<Echo[]>(sqlFile('core/sending/sql/take-back-echo.sql'), tenantId, messageId, id)
      : [];
  await tx.$executeRawUnsafe(
    sqlFile('core/sending/sql/mark-sent.sql'),
    tenantId,
    messageId,
    id,
    echo?.status ?? 'sent',
    echo?.deliveredAt ?? null,
    echo?.readAt ?? null,
    echo?.playedAt ?? null,
  );
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION;
}

import { sqlFile, type Tx } from '../database';
import type { ChannelRef, IncomingMessage } from './types';

/**
 * Media get their id from the channel, and its echo may be faster than its answer, or the answer lost: then the echo says
 * which id the message that is being sent has, and that it was sent.
 *
 * @returns true if the message is the echo of one that is being sent.
 */
export async function adoptEcho(
  tx: Tx,
  { channel, conversationId, message }: { channel: ChannelRef; conversationId: string; message: IncomingMessage },
): Promise<boolean> {
  // A person's own phone says that it was the app; only texts have an id before they are sent.
  if (message.contentType === 'text') return false;
  if (message.metadata['device'] === 'app') return false;
  const adopted = await tx.$executeRawUnsafe(
    sqlFile('core/ingest/sql/adopt-echo.sql'),
    channel.tenantId,
    conversationId,
    message.contentType,
    message.externalId,
    message.text,
  );
  return adopted > 0;
}

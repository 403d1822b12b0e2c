import { sqlFile, type Database } from '../database';
import type { ErrorCode } from '../errors';
import { newId } from '../ids';
import type { ChannelRef } from './types';

/** Keeps what a channel sent and nobody could read, with the reason, for a person to look at. */
export async function storeDeadLetter(
  db: Pick<Database, 'withTenant'>,
  { channel, code, reason, body }: { channel: ChannelRef; code: ErrorCode; reason: string; body: Buffer },
): Promise<void> {
  await db.withTenant(channel.tenantId, (tx) =>
    tx.$executeRawUnsafe(
      sqlFile('core/ingest/sql/store-dead-letter.sql'),
      newId(),
      channel.tenantId,
      channel.channelId,
      code,
      reason,
      // The column cannot hold a NUL.
      body.toString('utf8').replaceAll('\0', '\ufffd'),
    ),
  );
}

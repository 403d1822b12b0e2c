import { sqlFile, type Database } from '../database';
import { newId } from '../ids';
import type { ChannelRef, IngestResult } from './types';
import { MOVES_FROM, type AckStatus } from './waha/acks';

/**
 * Moves one of our messages forward by an acknowledgement. Late, repeated and shuffled acknowledgements never move it
 * back. A message we do not know is ignored: our own exist before they are sent, so it was not one of ours.
 */
export async function applyAck(
  db: Pick<Database, 'withTenant'>,
  {
    channel,
    externalId,
    status,
    at,
    failureReason = 'The channel reported that the message could not be delivered',
  }: { channel: ChannelRef; externalId: string; status: AckStatus; at: Date; failureReason?: string | undefined },
): Promise<IngestResult> {
  const rows = await db.withTenant(channel.tenantId, (tx) =>
    tx.$queryRawUnsafe<{ known: boolean; changed: boolean }[]>(
      sqlFile('core/ingest/sql/apply-ack.sql'),
      channel.tenantId,
      channel.channelId,
      externalId,
      status,
      [...MOVES_FROM[status]],
      at.toISOString(),
      status === 'failed' ? failureReason : null,
      newId(),
    ),
  );
  const result = rows[0];
  if (!result?.known) return { status: 'ignored', reason: 'unknown_message' };
  return result.changed ? { status: 'applied' } : { status: 'ignored', reason: 'late_acknowledgement' };
}

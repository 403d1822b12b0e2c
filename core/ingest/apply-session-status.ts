import { sqlFile, type Database } from '../database';
import { newId } from '../ids';
import type { ChannelRef, IngestResult } from './types';

type ChannelStatus = 'active' | 'inactive' | 'connecting' | 'disconnected' | 'error';

/** WAHA's session states as states of the channel. */
const CHANNEL_STATUS: Record<string, ChannelStatus> = {
  STARTING: 'connecting',
  WORKING: 'active',
  STOPPED: 'inactive',
  FAILED: 'error',
  SCAN_QR_CODE: 'disconnected',
  PASSKEY_REQUIRED: 'disconnected',
  PASSKEY_CONFIRMATION_REQUIRED: 'disconnected',
  UNAUTHORIZED: 'disconnected',
};

const EVENT_TYPE: Record<ChannelStatus, string | null> = {
  active: 'channel.activated',
  inactive: 'channel.deactivated',
  disconnected: 'channel.deactivated',
  error: 'channel.activation.failed',
  // on the way to one of the others
  connecting: null,
};

const LAST_ERROR: Record<string, string> = {
  FAILED: 'The WAHA session failed; restart it',
  SCAN_QR_CODE: 'The WAHA session is not paired; scan its QR code',
  PASSKEY_REQUIRED: 'WhatsApp asks for the passkey of the account',
  PASSKEY_CONFIRMATION_REQUIRED: 'WhatsApp asks to confirm the passkey of the account',
  UNAUTHORIZED: 'WhatsApp logged the session out; pair it again',
};

/**
 * Sets the channel's state from its WAHA session, with an event when it changed. An unknown state changes nothing, nor
 * does any state of a channel that is switched off.
 */
export async function applySessionStatus(
  db: Pick<Database, 'withTenant'>,
  { channel, wahaStatus }: { channel: ChannelRef; wahaStatus: string },
): Promise<IngestResult> {
  const status = CHANNEL_STATUS[wahaStatus];
  if (status === undefined) return { status: 'ignored', reason: 'unknown_session_status' };
  const rows = await db.withTenant(channel.tenantId, (tx) =>
    tx.$queryRawUnsafe<{ changed: boolean }[]>(
      sqlFile('core/ingest/sql/update-channel-status.sql'),
      channel.tenantId,
      channel.channelId,
      status,
      LAST_ERROR[wahaStatus] ?? null,
      EVENT_TYPE[status],
      newId(),
      wahaStatus,
    ),
  );
  return rows[0]?.changed ? { status: 'applied' } : { status: 'ignored', reason: 'status_unchanged' };
}

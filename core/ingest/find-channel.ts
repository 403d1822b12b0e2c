import { sqlFile, type Database } from '../database';
import { isUuid } from '../ids';

/** A channel as its webhook finds it, before anything is known about who calls. */
export interface WebhookChannel {
  channelId: string;
  tenantId: string;
  type: string;
  /** The channel's own name for its account, for WAHA the session. */
  externalId: string;
  webhookSecretEncrypted: string;
}

/** How long a changed secret or a deleted channel may go unnoticed by this process. */
const CACHE_TTL_MS = 5_000;
const CACHE_MAX_CHANNELS = 1_000;

interface ChannelRow {
  id: string;
  tenant_id: string;
  type: string;
  external_id: string;
  webhook_secret_encrypted: string;
}

/**
 * Looks channels up by webhook id, remembering them for a few seconds so that a burst of webhooks is one query.
 * Null for an id that is no UUID, unknown, or of a deleted channel; those are not remembered.
 */
export function createChannelFinder(db: Database): (webhookId: string) => Promise<WebhookChannel | null> {
  const cache = new Map<string, { channel: WebhookChannel; expiresAtMs: number }>();
  return async (webhookId) => {
    if (!isUuid(webhookId)) return null;
    const key = webhookId.toLowerCase();
    const cached = cache.get(key);
    if (cached && cached.expiresAtMs > Date.now()) return cached.channel;
    const rows = await db.withSystem((tx) =>
      tx.$queryRawUnsafe<ChannelRow[]>(sqlFile('core/ingest/sql/find-channel.sql'), key),
    );
    const row = rows[0];
    if (row === undefined) {
      cache.delete(key);
      return null;
    }
    const channel: WebhookChannel = {
      channelId: row.id,
      tenantId: row.tenant_id,
      type: row.type,
      externalId: row.external_id,
      webhookSecretEncrypted: row.webhook_secret_encrypted,
    };
    if (cache.size >= CACHE_MAX_CHANNELS) cache.clear();
    cache.set(key, { channel, expiresAtMs: Date.now() + CACHE_TTL_MS });
    return channel;
  };
}

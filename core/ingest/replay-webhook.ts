import { nestedIn, type Tx } from '../database';
import { AppError } from '../errors';
import type { ChannelCounters } from './channel-counters';
import { handleWahaEvent } from './handle-waha-event';
import type { IngestDeps } from './ingest-message';
import type { IngestResult } from './types';

export interface KeptWebhook {
  tenantId: string;
  channelId: string | null;
  /** As it was kept: NULs are replaced, so its signature cannot be checked again. It was, before it was kept. */
  body: string;
  receivedAt: Date;
}

/**
 * Handles a webhook that was kept because nobody could read it, as if it came now, within the caller's transaction.
 *
 * @returns what became of it, and what is left to do once the transaction is committed
 * @throws AppError DEAD_LETTER_UNREADABLE if it still cannot be read: nothing must be committed then
 */
export async function replayWebhook(
  deps: IngestDeps,
  tx: Tx,
  { tenantId, channelId, body, receivedAt }: KeptWebhook,
): Promise<{ result: IngestResult; afterCommit: () => Promise<void> }> {
  const channel = channelId && (await tx.channel.findFirst({ where: { tenantId, id: channelId, deletedAt: null } }));
  if (!channel) throw unreadable('its channel was deleted');
  const counted: Parameters<ChannelCounters['add']>[] = [];
  const within: IngestDeps = {
    ...deps,
    db: nestedIn(tx, tenantId),
    // Counting makes a transaction of its own, and nothing may be counted that is rolled back.
    counters: { add: async (...count) => void counted.push(count) },
  };
  const result = await handleWahaEvent(within, {
    channel: { tenantId, channelId: channel.id, externalId: channel.externalId },
    json: parsed(body),
    body: Buffer.from(body),
    receivedAt,
  });
  if (result.status === 'dead_lettered') throw unreadable(result.reason);
  return {
    result,
    async afterCommit() {
      for (const count of counted) await deps.counters.add(...count);
    },
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw unreadable('the body is not JSON');
  }
}

function unreadable(why: string): AppError {
  return new AppError('DEAD_LETTER_UNREADABLE', `It stays as it is, because ${why}`);
}

import { sqlFile } from '../database';
import { isAppError } from '../errors';
import type { Logger } from '../logging/logger';
import type { SendingDeps } from './send-message';

interface TurnChannel {
  channelId: string;
  chatId: string;
  channelType: string;
  baseUrl: string;
  apiKeyEncrypted: string;
  externalId: string;
}

/**
 * Lets the customer see that an answer is being written. Worth one attempt: the answer itself does not depend on it.
 *
 * @throws AppError CHANNEL_UNAVAILABLE, CHANNEL_REJECTED, BREAKER_OPEN
 */
export async function showTyping(
  { db, providers, callPolicy, secretBox }: SendingDeps,
  { tenantId, turnId }: { tenantId: string; turnId: string },
  signal: AbortSignal,
): Promise<void> {
  const text = sqlFile('core/sending/sql/turn-channel.sql');
  const [channel] = await db.withTenant(tenantId, (tx) => tx.$queryRawUnsafe<TurnChannel[]>(text, tenantId, turnId), {
    isReadOnly: true,
  });
  const adapter = channel && providers.channels.get(channel.channelType);
  if (!channel || !adapter?.showTyping) return;
  const connection = {
    baseUrl: channel.baseUrl,
    apiKey: secretBox.open(channel.apiKeyEncrypted),
    externalId: channel.externalId,
  };
  const { chatId, channelId: account } = channel;
  // A circuit of its own: a phone that cannot show it may still be able to send.
  await callPolicy.run(
    { provider: adapter.name, operation: 'typing', account },
    signal,
    (options) => adapter.showTyping?.(connection, chatId, options) ?? Promise.resolve(),
  );
}

/** Beside the work and never waited for: an answer that comes is worth more than the sign that it will. */
export function signTyping(
  deps: SendingDeps & { logger: Logger },
  turn: { tenantId: string; turnId: string },
  signal: AbortSignal,
): void {
  showTyping(deps, turn, signal).catch((error: unknown) => {
    const code = isAppError(error) ? error.code : 'INTERNAL_ERROR';
    deps.logger.debug({ turnId: turn.turnId, code }, 'the sign of typing was not shown');
  });
}

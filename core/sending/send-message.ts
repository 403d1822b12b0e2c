import type { Config } from '../config';
import { sqlFile, type Database } from '../database';
import { AppError, isAppError } from '../errors';
import { appendEvents } from '../outbox/events';
import type { ChannelConnection, OutboundContent } from '../providers/ports';
import type { CallPolicy } from '../providers/policy';
import type { Providers } from '../providers/registry';
import type { SecretBox } from '../security/secret-box';
import { markSent } from './mark-sent';
import { markUnknown, mayHaveArrived, putBack } from './unconfirmed';

/** The channel fetches or receives the file before it answers. */
const SEND_MEDIA_TIMEOUT_MS = 25_000;

export interface SendingDeps {
  config: Pick<Config, 'SEND_CONFIRMATION_WAIT_MS'>;
  db: Database;
  providers: Providers;
  callPolicy: CallPolicy;
  secretBox: SecretBox;
}

export interface SendOutcome {
  status: string;
  /** With `unknown`: how long to wait for the echo. */
  waitMs?: number;
}

interface ClaimedMessage {
  id: string;
  /** Set when an earlier message of the conversation has to go first: then this one is not claimed. */
  waitMs: number | null;
  /** An earlier attempt may have sent it, and there is no id by which the channel would know it again. */
  isUnconfirmed: boolean;
  contentType: string;
  text: string | null;
  mediaUrl: string | null;
  mediaMimetype: string | null;
  mediaFilename: string | null;
  channelMessageId: string | null;
  replyToExternalId: string | null;
  chatId: string;
  channelType: string;
  channelId: string;
  baseUrl: string;
  apiKeyEncrypted: string;
  externalId: string;
  isChannelOn: boolean;
}

/**
 * Sends one queued message. It is claimed first: the claim of an agent's message checks the hand-over fence again, and a
 * message waits while an earlier one of its conversation is not sent. A text whose answer was lost is sent once more
 * under the same id. Media have none: one whose answer was lost becomes `unknown` and waits for its echo.
 *
 * @returns the status the message has now.
 * @throws AppError CHANNEL_UNAVAILABLE (transient), CHANNEL_REJECTED, CHANNEL_INACTIVE, VALIDATION_ERROR
 */
export async function sendMessage(
  deps: SendingDeps,
  { tenantId, messageId }: { tenantId: string; messageId: string },
  signal: AbortSignal,
): Promise<SendOutcome> {
  const claimed = await deps.db.withTenant(tenantId, (tx) =>
    tx.$queryRawUnsafe<ClaimedMessage[]>(sqlFile('core/sending/sql/claim-message.sql'), tenantId, messageId),
  );
  const message = claimed[0];
  if (!message) return currentOutcome(deps, tenantId, messageId);
  if (message.waitMs !== null) {
    throw new AppError('CHANNEL_UNAVAILABLE', 'An earlier message of the conversation is not sent yet', {
      retryAfterMs: message.waitMs,
    });
  }
  const giveUpKnowing = async () => {
    await markUnknown(deps.db, { tenantId, messageId });
    return currentOutcome(deps, tenantId, messageId);
  };
  if (message.isUnconfirmed) return giveUpKnowing();
  if (!message.isChannelOn) throw new AppError('CHANNEL_INACTIVE', 'The channel was switched off or deleted');
  const adapter = deps.providers.channels.get(message.channelType);
  if (!adapter) throw new AppError('CHANNEL_REJECTED', `Channels of type ${message.channelType} cannot send`);
  const connection: ChannelConnection = {
    baseUrl: message.baseUrl,
    apiKey: deps.secretBox.open(message.apiKeyEncrypted),
    externalId: message.externalId,
  };
  const content = outboundContent(message);
  const timeoutMs = content.type === 'text' ? undefined : SEND_MEDIA_TIMEOUT_MS;
  let sent;
  try {
    // One breaker for each account: a company whose phone is off must not silence the others.
    sent = await deps.callPolicy.run(
      { provider: adapter.name, operation: 'send', account: message.channelId, timeoutMs },
      signal,
      (options) =>
        adapter.send(
          connection,
          { chatId: message.chatId, externalMessageId: message.channelMessageId, content },
          options,
        ),
    );
  } catch (error) {
    if (message.channelMessageId === null && isAppError(error)) {
      if (mayHaveArrived(error)) return giveUpKnowing();
      await putBack(deps.db, { tenantId, messageId });
    }
    throw waitForTheChannel(error);
  }
  const { channelMessageId } = message;
  await markSent(deps.db, { tenantId, messageId, channelMessageId, answeredId: sent.externalMessageId });
  return { status: 'sent' };
}

/** There is no other provider to go to for this account, so a breaker that is open means: later. */
function waitForTheChannel(error: unknown): unknown {
  if (!isAppError(error, 'BREAKER_OPEN')) return error;
  return new AppError('CHANNEL_UNAVAILABLE', error.message, { cause: error });
}

/** Gives a message up. What the channel confirmed meanwhile stays. */
export function failMessage(
  db: Database,
  { tenantId, messageId, code, message }: { tenantId: string; messageId: string; code: string; message: string },
): Promise<void> {
  return db.withTenant(tenantId, async (tx) => {
    const [failed] = await tx.message.updateManyAndReturn({
      where: { tenantId, id: messageId, status: { in: ['queued', 'sending'] } },
      data: { status: 'failed', failureReason: `${code}: ${message}`.slice(0, 500), updatedAt: new Date() },
      select: { contactId: true },
    });
    if (!failed) return;
    const data = { messageId, ...failed, code };
    await appendEvents(tx, [
      { tenantId, aggregateType: 'message', aggregateId: messageId, eventType: 'message.failed', data },
    ]);
  });
}

async function currentOutcome({ db, config }: SendingDeps, tenantId: string, messageId: string): Promise<SendOutcome> {
  const message = await db.withTenant(tenantId, (tx) =>
    tx.message.findUnique({ where: { tenantId_id: { tenantId, id: messageId } }, select: { status: true } }),
  );
  if (!message) throw new AppError('NOT_FOUND', 'The message does not exist');
  return message.status === 'unknown' ? { ...message, waitMs: config.SEND_CONFIRMATION_WAIT_MS } : message;
}

function outboundContent(message: ClaimedMessage): OutboundContent {
  switch (message.contentType) {
    case 'text':
      return { type: 'text', text: message.text ?? '', replyToExternalId: message.replyToExternalId ?? undefined };
    case 'image':
    case 'video':
    case 'voice':
    case 'document':
      if (!message.mediaUrl) throw new AppError('VALIDATION_ERROR', `A ${message.contentType} needs a media_url`);
      return {
        type: message.contentType,
        mediaUrl: message.mediaUrl,
        mimeType: message.mediaMimetype ?? 'application/octet-stream',
        fileName: message.mediaFilename ?? undefined,
        caption: message.text ?? undefined,
      };
    default:
      throw new AppError('CHANNEL_REJECTED', `Messages of type ${message.contentType} cannot be sent`);
  }
}

import { openWahaConnection } from '../../crm/channels';
import { isAppError } from '../../errors';
import type { Database } from '../../database';
import { messageSchema } from '../../ingest/waha/envelope';
import { canonicalPhoneDigits } from '../../ingest/waha/identity';
import { readWahaMessage } from '../../ingest/waha/read-message';
import type { WahaHistory } from '../../providers/waha/history';
import type { SecretBox } from '../../security/secret-box';
import { BATCH_TIMEOUT_MS } from './import-history';
import { findWriter } from './writer';
import { advanceImport, getImport, type ChatPosition } from './imports';
import { storeHistory } from './store-history';
import type { ImportRef, ImportStep } from './store-file';
import type { HistoryMessage } from './types';

/** As large as the domain allows (section 2, Import). */
const CHATS_PER_PAGE = 100;
const MESSAGES_PER_PAGE = 500;
const CALL_TIMEOUT_MS = 30_000;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface WahaImportDeps {
  db: Database;
  secretBox: SecretBox;
  wahaHistory: WahaHistory;
}

/**
 * Stores a part of a channel's own history: pages of chats and messages, newest first, until `budgetMs` is over. Pages
 * overlap with what arrived meanwhile; a message is known by its id, so it is stored once, whichever way it came first.
 * Groups, status updates and system messages are left out.
 *
 * @throws AppError CHANNEL_UNAVAILABLE, CHANNEL_REJECTED, NOT_FOUND
 */
export async function storeWahaHistory(
  { db, secretBox, wahaHistory }: WahaImportDeps,
  { tenantId, importId }: ImportRef,
  { budgetMs, signal, onProgress }: { budgetMs: number; signal: AbortSignal; onProgress: (detail: unknown) => void },
): Promise<ImportStep> {
  const { found, connection, writer } = await db.withTenant(tenantId, async (tx) => {
    const row = await getImport(tx, tenantId, importId);
    const { baseUrl, apiKey, sessionId } = await openWahaConnection(tx, tenantId, {
      secretBox,
      channelId: row.channelId,
    });
    const { defaultAgentId } = row.options;
    return {
      found: row,
      connection: { baseUrl, apiKey, externalId: sessionId },
      writer: defaultAgentId === undefined ? null : await findWriter(tx, tenantId, defaultAgentId),
    };
  });
  const options = { signal, timeoutMs: CALL_TIMEOUT_MS };
  const since = found.options.maxDays === undefined ? null : new Date(Date.now() - found.options.maxDays * DAY_MS);
  const maxMessages = found.options.maxMessagesPerChat ?? Infinity;
  const endsAt = performance.now() + budgetMs;
  let from: Partial<ChatPosition> = found.position;
  let at: ChatPosition = { chatOffset: from.chatOffset ?? 0, messageOffset: from.messageOffset ?? 0 };
  let { linesRead, messagesStored } = found;

  try {
    return await readOn();
  } catch (error) {
    // An attempt that was given up for dead was still alive and faster: the next call goes on from there.
    if (isAppError(error, 'CONFLICT')) return { isDone: false, linesRead, messagesStored };
    throw error;
  }

  async function readOn(): Promise<ImportStep> {
    for (;;) {
      const pageStart = at.chatOffset - (at.chatOffset % CHATS_PER_PAGE);
      const chats = await wahaHistory.chats(connection, { limit: CHATS_PER_PAGE, offset: pageStart }, options);
      for (const chatId of chats.slice(at.chatOffset - pageStart)) {
        for (let isChatDone = !isPrivate(chatId); ;) {
          const limit = Math.min(MESSAGES_PER_PAGE, maxMessages - at.messageOffset);
          const page =
            isChatDone || limit <= 0
              ? []
              : await wahaHistory.messages(connection, { chatId, limit, offset: at.messageOffset, since }, options);
          isChatDone ||= page.length < limit || at.messageOffset + page.length >= maxMessages;
          const to: ChatPosition = isChatDone
            ? { chatOffset: at.chatOffset + 1, messageOffset: 0 }
            : { ...at, messageOffset: at.messageOffset + page.length };
          const messages = page.flatMap((payload) => historyMessage(payload));
          messagesStored += await db.withTenant(
            tenantId,
            async (tx) => {
              const target = { tenantId, channelId: found.channelId, importId, idsOf: 'channel' as const };
              const stored = await storeHistory(tx, target, messages, { ...found.options, writer });
              await advanceImport(tx, tenantId, {
                id: importId,
                from: { ...from },
                to: { ...to },
                linesRead: page.length,
                stored,
              });
              return stored.messagesStored;
            },
            { timeoutMs: BATCH_TIMEOUT_MS },
          );
          linesRead += page.length;
          from = to;
          at = to;
          onProgress({ linesRead });
          signal.throwIfAborted();
          if (isChatDone) break;
          if (performance.now() > endsAt) return { isDone: false, linesRead, messagesStored };
        }
      }
      if (chats.length < CHATS_PER_PAGE) return { isDone: true, linesRead, messagesStored };
      if (performance.now() > endsAt) return { isDone: false, linesRead, messagesStored };
    }
  }
}

const isPrivate = (chatId: string) => /@(c\.us|s\.whatsapp\.net|lid)$/.test(chatId);

/** What WAHA calls a message, as a message of the past; nothing for what is not a conversation or cannot be read. */
function historyMessage(payload: unknown): HistoryMessage[] {
  const parsed = messageSchema.safeParse(payload);
  if (!parsed.success) return [];
  const read = readWahaMessage(parsed.data, new Date());
  if (read.kind === 'ignored' || read.message.contentType === 'system' || read.message.groupId !== null) return [];
  const { message } = read;
  const { wid, lid } = message.contact;
  return [
    {
      contact: {
        ...(wid === null ? {} : { phone: `+${canonicalPhoneDigits(wid)}` }),
        ...(lid === null ? {} : { lid }),
        ...(message.pushName === null ? {} : { name: message.pushName }),
      },
      fromMe: message.fromMe,
      text: message.text,
      contentType: message.contentType,
      sentAt: message.sentAt,
      externalId: message.externalId,
      ...(message.replyToExternalId === null ? {} : { replyToExternalId: message.replyToExternalId }),
      metadata: message.metadata,
    },
  ];
}

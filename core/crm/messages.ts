import { sqlFile, type Prisma, type Tx } from '../database';
import { AppError } from '../errors';
import { toPage, type Page, type PageRequest } from './page';

export interface Message {
  id: string;
  channelId: string;
  contactId: string;
  conversationId: string;
  sessionId: string;
  chatId: string | null;
  fromMe: boolean;
  contentType: string;
  text: string | null;
  mediaId: string | null;
  mediaUrl: string | null;
  mediaMimetype: string | null;
  mediaFilename: string | null;
  channelMessageId: string | null;
  replyToId: string | null;
  mentions: string[];
  status: string;
  failureReason: string | null;
  source: string;
  agentId: string;
  groupId: string | null;
  metadata: Prisma.JsonValue;
  sentAt: Date;
  deliveredAt: Date | null;
  readAt: Date | null;
  playedAt: Date | null;
  createdAt: Date;
  enrichmentId: string | null;
  enrichmentStatus: string | null;
  /** What was read in the medium. */
  enrichmentText: string | null;
}

export interface MessageFilter {
  messageId?: string | undefined;
  contactId?: string | undefined;
  channelId?: string | undefined;
  conversationId?: string | undefined;
  sessionId?: string | undefined;
  status?: string | undefined;
  fromMe?: boolean | undefined;
  /** Words of the text or of what was read in the medium, without regard to accents and endings. */
  search?: string | undefined;
}

type MessageRow = Message & { position: string };

async function selectMessages(
  tx: Tx,
  tenantId: string,
  filter: MessageFilter,
  page: PageRequest,
): Promise<MessageRow[]> {
  return tx.$queryRawUnsafe<MessageRow[]>(
    sqlFile('core/crm/sql/list_messages.sql'),
    tenantId,
    filter.messageId ?? null,
    filter.contactId ?? null,
    filter.channelId ?? null,
    filter.conversationId ?? null,
    filter.sessionId ?? null,
    filter.status ?? null,
    filter.fromMe ?? null,
    filter.search ?? null,
    page.after?.[0] ?? null,
    page.after?.[1] ?? null,
    page.limit + 1,
  );
}

/** Newest first: the one query behind lists, search, history, threads and sessions. */
export async function listMessages(
  tx: Tx,
  tenantId: string,
  request: PageRequest & MessageFilter,
): Promise<Page<Message>> {
  const rows = await selectMessages(tx, tenantId, request, request);
  return toPage(rows, request.limit, (row) => [row.position, row.id]);
}

/** @throws AppError NOT_FOUND */
export async function getMessage(tx: Tx, tenantId: string, messageId: string): Promise<Message> {
  const [message] = await selectMessages(tx, tenantId, { messageId }, { limit: 1, after: null });
  if (!message) throw new AppError('NOT_FOUND', 'There is no message with this id');
  return message;
}

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

/**
 * Changes what a program keeps with a message of the company: given keys are set, those with an empty text are taken away.
 * What was said never changes, and of what a customer sent nothing does: it is evidence.
 *
 * @throws AppError NOT_FOUND, PRECONDITION_FAILED (a message of the customer)
 */
export async function updateMessageMetadata(
  tx: Tx,
  tenantId: string,
  { messageId, metadata }: { messageId: string; metadata: Readonly<Record<string, string>> },
): Promise<Message> {
  const { fromMe } = await getMessage(tx, tenantId, messageId);
  if (!fromMe) {
    throw new AppError(
      'PRECONDITION_FAILED',
      'What customers send is evidence; only messages of the company take metadata',
    );
  }
  const entries = Object.entries(metadata);
  await tx.$executeRawUnsafe(
    sqlFile('core/crm/sql/merge_message_metadata.sql'),
    tenantId,
    messageId,
    JSON.stringify(Object.fromEntries(entries.filter(([, value]) => value !== ''))),
    entries.flatMap(([key, value]) => (value === '' ? [key] : [])),
  );
  return getMessage(tx, tenantId, messageId);
}

import { sqlFile, type Tx } from '../database';
import { AppError } from '../errors';
import { toPage, type Page, type PageRequest } from './page';

/** `late_media`: of media whose text came after their turn. */
export const MESSAGE_GROUP_TYPES = ['messages', 'late_media'] as const;
export type MessageGroupType = (typeof MESSAGE_GROUP_TYPES)[number];

/** Messages that one turn answered together. */
export interface MessageGroup {
  id: string;
  contactId: string;
  conversationId: string;
  sessionId: string;
  type: MessageGroupType;
  status: string;
  startedAt: Date;
  completedAt: Date | null;
  messageCount: number;
}

export interface GroupedMessage {
  id: string;
  content_type: string;
  text: string | null;
  enrichment_status: string | null;
  /** At most the first 4,000 characters. */
  enrichment_text: string | null;
}

type GroupRow = MessageGroup & { messages: GroupedMessage[] };

interface GroupFilter {
  contactId?: string | null | undefined;
  groupId?: string | undefined;
  type?: MessageGroupType | undefined;
}

function selectGroups(tx: Tx, tenantId: string, filter: GroupFilter, page: PageRequest): Promise<GroupRow[]> {
  return tx.$queryRawUnsafe<GroupRow[]>(
    sqlFile('core/crm/sql/message_groups.sql'),
    tenantId,
    filter.contactId ?? null,
    filter.groupId ?? null,
    filter.type ?? null,
    page.after?.[0] ?? null,
    page.limit + 1,
  );
}

/** Newest first, without the messages. */
export async function listMessageGroups(
  tx: Tx,
  tenantId: string,
  { limit, after, ...filter }: PageRequest & Omit<GroupFilter, 'groupId'>,
): Promise<Page<MessageGroup>> {
  const rows = await selectGroups(tx, tenantId, filter, { limit, after });
  return toPage(
    rows.map(({ messages: _messages, ...group }) => group),
    limit,
    ({ id }) => [id],
  );
}

/**
 * A group with its messages in their order.
 *
 * @param of.contactId whose it must be; null: anybody's
 * @throws AppError NOT_FOUND
 */
export async function getMessageGroup(
  tx: Tx,
  tenantId: string,
  of: { groupId: string; contactId: string | null },
): Promise<GroupRow> {
  const [group] = await selectGroups(tx, tenantId, of, { limit: 1, after: null });
  if (!group) throw new AppError('NOT_FOUND', 'There is no group with this id');
  return group;
}

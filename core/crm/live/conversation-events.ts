import { sqlFile, type Tx } from '../../database';
import type { FeedAnswer, FeedQuery, FeedRow } from './feed';

/** Something that happened in a conversation: a message, another handler, or nobody answered a hand-over in time. */
export interface LiveConversationEvent extends FeedRow {
  eventType: string;
  conversationId: string;
  contactId: string | null;
  /** Of the events of messages. */
  messageId: string | null;
  fromMe: boolean | null;
  /** Of a change of who answers. */
  handler: string | null;
  handlerVersion: number | null;
  occurredAt: Date;
}

/** What happened in the conversations of a tenant of a position, in the order of the transactions. */
export function conversationEventsAfter(
  tx: Tx,
  tenantId: string,
  { base, upto, writtenIn, id, limit }: FeedQuery,
): Promise<FeedAnswer<LiveConversationEvent>> {
  const sql = sqlFile('core/crm/live/sql/conversation_events.sql');
  return tx.$queryRawUnsafe(sql, tenantId, base, upto, writtenIn, id, limit);
}

import { sqlFile, type Tx } from '../../database';
import type { FeedAnswer, FeedQuery, FeedRow } from './feed';

/**
 * Something that happened in a conversation: a message, another handler, nobody answered a hand-over in time, or whoever had
 * it was told that somebody else has it.
 */
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
  /** Who is told, or asked to come. */
  agentId: string | null;
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

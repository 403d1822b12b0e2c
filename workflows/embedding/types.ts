export interface EmbedMessagesInput {
  tenantId: string;
  messageIds: string[];
  /** The reply of this turn is remembered with its messages. */
  turnId?: string;
  /** A note instead of messages. */
  noteId?: string;
}

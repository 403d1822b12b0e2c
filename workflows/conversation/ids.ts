import type { ConversationKey } from '../../core/conversation/types';

export function conversationWorkflowId({ tenantId, channelId, contactId }: ConversationKey): string {
  return `t:${tenantId}:conversation:${channelId}:${contactId}`;
}

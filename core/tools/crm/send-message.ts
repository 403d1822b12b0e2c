import { z } from 'zod';
import { queueMessage } from '../../crm/send-message';
import type { Tx } from '../../database';
import { AppError } from '../../errors';
import { defineTool } from '../define-tool';

export const sendMessage = defineTool({
  name: 'send_message',
  description: 'Envia uma mensagem de texto a um contato pelo canal da conversa, em nome de uma pessoa da equipe.',
  input: z.strictObject({
    text: z.string().trim().min(1).max(4096),
    channel_id: z.guid().optional().describe('O canal da última conversa, quando ausente'),
    content_type: z.literal('text').default('text'),
    metadata: z.record(z.string().max(100), z.string().max(500)).default({}),
  }),
  output: z.object({ message_id: z.string(), conversation_id: z.string(), status: z.string() }),
  about: 'contact',
  // A turn has one reply, behind the hand-over fence; an agent that talks to the customer answers with that.
  audience: 'staff',
  access: 'write',
  scope: 'messages.send',
  cost: 'free',
  isDestructive: true,
  examples: [{ says: 'Avisa que o pedido saiu', arguments: { text: 'Seu pedido saiu para entrega!' } }],
  async run(tx, { text, channel_id, metadata }, { tenantId, contactId }) {
    const channelId = channel_id ?? (await latestChannel(tx, tenantId, contactId));
    const { messageId, conversationId } = await queueMessage(tx, tenantId, {
      contactId,
      channelId,
      contentType: 'text',
      text,
      mediaUrl: null,
      metadata,
    });
    return { message_id: messageId, conversation_id: conversationId, status: 'queued' };
  },
});

/** Where the contact was written to last. @throws AppError PRECONDITION_FAILED */
export async function latestChannel(tx: Tx, tenantId: string, contactId: string): Promise<string> {
  const conversation = await tx.conversation.findFirst({
    where: { tenantId, contactId },
    orderBy: { updatedAt: 'desc' },
    select: { channelId: true },
  });
  if (!conversation)
    throw new AppError('PRECONDITION_FAILED', 'The contact has no conversation yet; name a channel_id');
  return conversation.channelId;
}

import { z } from 'zod';
import { AppError } from '../../errors';
import { cutText } from '../../text';
import { defineTool } from '../define-tool';
import { requireMessage } from '../scope';

const MOST_CHARACTERS = 20_000;

export const getDocument = defineTool({
  name: 'get_document',
  description: 'Mostra o texto de um documento enviado nesta conversa, em partes se for longo.',
  input: z.strictObject({ message_id: z.guid(), offset: z.int().min(0).default(0) }),
  output: z.object({
    message_id: z.string(),
    title: z.string().nullable(),
    status: z.string(),
    text: z.string(),
    total_characters: z.number(),
    next_offset: z.number().nullable(),
  }),
  about: 'any_contact',
  audience: 'customer',
  access: 'read',
  scope: 'memory.view',
  cost: 'free',
  examples: [{ says: 'Lê o contrato para mim', arguments: { message_id: '01a20630-35d0-7562-8948-23743a1a6e08' } }],
  async run(tx, { message_id: messageId, offset }, { tenantId, contactId }) {
    await requireMessage(tx, tenantId, { messageId, contactId });
    const enrichment = await tx.messageEnrichment.findFirst({
      where: { tenantId, messageId },
      select: { status: true, extractedText: true, fileName: true },
    });
    if (!enrichment) throw new AppError('NOT_FOUND', 'The message has no document');
    const whole = enrichment.extractedText ?? '';
    const text = cutText(whole.slice(offset), MOST_CHARACTERS);
    const end = offset + text.length;
    return {
      message_id: messageId,
      title: enrichment.fileName,
      status: enrichment.status,
      text,
      total_characters: whole.length,
      next_offset: text.length > 0 && end < whole.length ? end : null,
    };
  },
});

import { z } from 'zod';
import { readableDocument } from '../../knowledge/readable';
import { cutText } from '../../text';
import { defineTool } from '../define-tool';

const MOST_CHARACTERS = 20_000;

export const getDocument = defineTool({
  name: 'get_document',
  description:
    'Mostra o texto de um documento, em partes se for longo: enviado nesta conversa (message_id), ou guardado para o cliente ou a empresa (document_id).',
  input: z.strictObject({
    message_id: z.guid().optional(),
    document_id: z.guid().optional(),
    offset: z.int().min(0).default(0),
  }),
  output: z.object({
    message_id: z.string().nullable(),
    document_id: z.string().nullable(),
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
  async run(tx, { message_id: messageId, document_id: documentId, offset }, { tenantId, contactId }) {
    const document = await readableDocument(tx, tenantId, { messageId, documentId, contactId });
    const whole = document.text;
    const text = cutText(whole.slice(offset), MOST_CHARACTERS);
    const end = offset + text.length;
    return {
      message_id: messageId ?? null,
      document_id: documentId ?? null,
      title: document.title,
      status: document.status,
      text,
      total_characters: whole.length,
      next_offset: text.length > 0 && end < whole.length ? end : null,
    };
  },
});

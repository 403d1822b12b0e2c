import { z } from 'zod';
import { sqlFile } from '../../database';
import { getDocument as getKnowledgeDocument } from '../../knowledge/documents';
import { defineTool } from '../define-tool';
import { DOCUMENT_LIMIT } from '../paging';
import { requireMessage } from '../scope';
import { wrongArgument } from '../wrong-arguments';

interface Chunk {
  index: number;
  total: number;
  page: number | null;
  text: string;
}

export const getDocumentChunks = defineTool({
  name: 'get_document_chunks',
  description:
    'Mostra trechos seguidos de um documento, com a página: de um documento da empresa (document_id) ou do anexo de uma mensagem (message_id).',
  input: z.strictObject({
    document_id: z.guid().optional(),
    message_id: z.guid().optional(),
    from: z.int().min(0).default(0).describe('O primeiro trecho, a partir de 0'),
    limit: z.int().min(1).max(DOCUMENT_LIMIT).default(5),
  }),
  output: z.object({
    chunks: z.array(z.object({ index: z.number(), page: z.number().nullable(), text: z.string() })),
    total_chunks: z.number(),
    next: z.number().nullable(),
  }),
  about: 'any_contact',
  audience: 'customer',
  access: 'read',
  scope: 'memory.view',
  cost: 'free',
  examples: [
    {
      says: 'O que vem depois desse trecho do manual?',
      arguments: { document_id: '01a20630-35d0-7562-8948-23743a1a6e08', from: 3 },
    },
  ],
  async run(tx, { document_id: documentId, message_id: messageId, from, limit }, { tenantId, contactId }) {
    if (messageId !== undefined) await requireMessage(tx, tenantId, { messageId, contactId });
    if (documentId !== undefined) await getKnowledgeDocument(tx, tenantId, documentId);
    if ((documentId === undefined) === (messageId === undefined)) {
      throw wrongArgument('document_id', 'give either it or message_id');
    }
    const rows = await tx.$queryRawUnsafe<Chunk[]>(
      sqlFile('core/tools/sql/document-chunks.sql'),
      tenantId,
      messageId ?? null,
      documentId ?? null,
      from,
      limit,
    );
    const total = rows[0]?.total ?? 0;
    const last = rows.at(-1)?.index ?? total;
    return {
      chunks: rows.map(({ index, page, text }) => ({ index, page, text })),
      total_chunks: total,
      next: last + 1 < total ? last + 1 : null,
    };
  },
});

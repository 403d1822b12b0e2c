import { z } from 'zod';
import { sqlFile, type Tx } from '../../database';
import { defineTool } from '../define-tool';
import { DOCUMENT_LIMIT } from '../paging';
import { time } from '../shapes';

interface Passage {
  messageId: string | null;
  /** Of one that came by no message. */
  documentId: string | null;
  title: string | null;
  excerpt: string;
  sentAt: Date;
}

const EXCERPT_CHARACTERS = 1_200;

/** Documents that a contact (or anybody, when null) sent or got, each with what it says about the query. */
export function documentsAbout(
  tx: Tx,
  tenantId: string,
  {
    contactId,
    query,
    limit,
    excerptCharacters = EXCERPT_CHARACTERS,
  }: { contactId: string | null; query: string; limit: number; excerptCharacters?: number },
): Promise<Passage[]> {
  const sql = sqlFile('core/tools/sql/documents-about.sql');
  return tx.$queryRawUnsafe<Passage[]>(sql, tenantId, contactId, query, limit, excerptCharacters);
}

export const documentPassageShape = z.object({
  message_id: z.string().nullable(),
  document_id: z.string().nullable().describe('De um documento guardado sem mensagem'),
  title: z.string().nullable(),
  excerpt: z.string(),
  sent_at: time(),
});

export const presentPassage = ({ messageId, documentId, title, excerpt, sentAt }: Passage) => ({
  message_id: messageId,
  document_id: documentId,
  title,
  excerpt,
  sent_at: sentAt.toISOString(),
});

export const searchDocuments = defineTool({
  name: 'search_documents',
  description: 'Procura nos documentos que este cliente enviou ou recebeu e mostra os trechos encontrados.',
  input: z.strictObject({
    query: z.string().trim().min(1).max(300),
    limit: z.int().min(1).max(DOCUMENT_LIMIT).default(5),
  }),
  output: z.object({
    documents: z.array(documentPassageShape),
  }),
  about: 'any_contact',
  audience: 'customer',
  access: 'read',
  scope: 'memory.view',
  cost: 'free',
  examples: [{ says: 'Qual o valor no contrato que mandei?', arguments: { query: 'valor do contrato' } }],
  async run(tx, { query, limit }, { tenantId, contactId }) {
    const found = await documentsAbout(tx, tenantId, { contactId, query, limit });
    return { documents: found.map(presentPassage) };
  },
});

import { z } from 'zod';
import { sqlFile } from '../../database';
import { AppError } from '../../errors';
import { defineTool } from '../define-tool';
import { DOCUMENT_LIMIT } from '../paging';
import { time } from '../shapes';

const REFERENCE_TYPES = ['document', 'message', 'fact'] as const;
const CITED_BY = ['fact', 'decision', 'tool_call', 'note', 'contact_event'] as const;

const referenceShape = z.object({
  cited_by: z.enum(CITED_BY),
  id: z.string(),
  contact_id: z.string().nullable(),
  how: z.string().describe('Como cita: evidência, contexto da resposta, ferramenta, texto'),
  excerpt: z.string().nullable(),
  at: time(),
});

interface Reference {
  citedBy: (typeof CITED_BY)[number];
  id: string;
  contactId: string | null;
  how: string;
  excerpt: string | null;
  at: Date;
}

export const getDocumentReferences = defineTool({
  name: 'get_document_references',
  description:
    'Mostra quem cita um documento, uma mensagem ou um fato: fatos que vieram dali, respostas que o usaram, chamadas de ferramentas, notas e eventos. Do mais novo ao mais antigo.',
  input: z.strictObject({
    reference_type: z.enum(REFERENCE_TYPES),
    reference_id: z.guid(),
    lookback_days: z.int().min(1).max(365).default(90),
    limit: z.int().min(1).max(DOCUMENT_LIMIT).default(DOCUMENT_LIMIT).describe('De cada tipo de citação'),
  }),
  output: z.object({ references: z.array(referenceShape), counts: z.record(z.enum(CITED_BY), z.number()) }),
  about: 'tenant',
  // A document of the company is cited in conversations of many customers.
  audience: 'staff',
  access: 'read',
  scope: 'memory.view',
  cost: 'free',
  examples: [
    {
      says: 'Onde usamos essa tabela de preços?',
      arguments: { reference_type: 'document', reference_id: '01a20630-35d0-7562-8948-23743a1a6e08' },
    },
  ],
  async run(tx, { reference_type: type, reference_id: id, lookback_days: days, limit }, { tenantId }) {
    const [subject] = await tx.$queryRawUnsafe<{ isThere: boolean }[]>(
      sqlFile('core/tools/sql/reference-exists.sql'),
      tenantId,
      type,
      id,
    );
    if (!subject?.isThere) throw new AppError('NOT_FOUND', `There is no ${type} with this id`);
    const rows = await tx.$queryRawUnsafe<Reference[]>(
      sqlFile('core/tools/sql/document-references.sql'),
      tenantId,
      id,
      days,
      limit,
    );
    const countOf = (kind: string) => rows.filter(({ citedBy }) => citedBy === kind).length;
    return {
      references: rows.map(({ citedBy, contactId, at, ...row }) => ({
        ...row,
        cited_by: citedBy,
        contact_id: contactId,
        at: at.toISOString(),
      })),
      counts: Object.fromEntries(CITED_BY.map((kind) => [kind, countOf(kind)])) as Record<
        (typeof CITED_BY)[number],
        number
      >,
    };
  },
});

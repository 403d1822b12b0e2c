import { z } from 'zod';
import { searchKnowledge } from '../../knowledge/search';
import { EMPTY_REASONS } from '../../memory';
import { embedQuery } from '../../memory/embed-query';
import { defineTool } from '../define-tool';
import { costSubjectOf } from './cost-subject';

export const searchKnowledgeBase = defineTool({
  name: 'search_knowledge_base',
  description:
    'Procura nos documentos da empresa: manuais, tabelas de preço, políticas. Cada trecho diz o documento e a página. Lista vazia com empty_reason: a empresa não escreveu nada sobre isso; diga isso.',
  input: z.strictObject({
    query: z.string().trim().min(1).max(500).describe('O que procurar'),
    top_k: z.int().min(1).max(10).default(5),
  }),
  output: z.object({
    passages: z.array(
      z.object({
        document_id: z.string(),
        title: z.string(),
        page: z.number().nullable(),
        text: z.string(),
        score: z.number(),
        relevance: z.number().nullable(),
      }),
    ),
    empty_reason: z.enum(EMPTY_REASONS).nullable(),
    degraded: z.array(z.string()),
  }),
  about: 'tenant',
  audience: 'customer',
  access: 'read',
  scope: 'memory.view',
  cost: 'paid',
  callsPerMinute: 100,
  examples: [{ says: 'Como eu reinicio o roteador?', arguments: { query: 'reiniciar roteador' } }],
  async look(deps, { query, top_k: topK }, { tenantId, contactId, turn, attempt }) {
    const subject = costSubjectOf({ contactId, turn });
    const queryVector = await embedQuery(deps, { tenantId, text: query, subject, ...attempt }, attempt.signal);
    const { passages, emptyReason, degraded } = await searchKnowledge(deps.db, { tenantId, query, queryVector, topK });
    return {
      passages: passages.map(({ documentId, ...passage }) => ({ document_id: documentId, ...passage })),
      empty_reason: emptyReason,
      degraded,
    };
  },
});

import { z } from 'zod';
import { quoteFor } from '../../knowledge/quotes';
import { searchKnowledge } from '../../knowledge/search';
import { embedQuery } from '../../memory/embed-query';
import { defineTool } from '../define-tool';
import { costSubjectOf } from './cost-subject';
import { documentsAbout } from './search-documents';

const PASSAGES = 3;

export const answerFromDocuments = defineTool({
  name: 'answer_from_documents',
  description:
    'Responde a uma pergunta com as frases dos documentos da empresa e deste cliente, cada uma com sua fonte. Nada é inventado: sem citações, os documentos não respondem.',
  input: z.strictObject({ question: z.string().trim().min(1).max(300) }),
  output: z.object({
    answer: z.string().nullable(),
    citations: z.array(
      z.object({
        document_id: z.string().nullable().describe('De um documento da empresa, ou guardado para este cliente'),
        message_id: z.string().nullable().describe('De um documento deste cliente'),
        title: z.string().nullable(),
        page: z.number().nullable(),
        quote: z.string(),
      }),
    ),
    degraded: z.array(z.string()),
  }),
  about: 'any_contact',
  audience: 'customer',
  access: 'read',
  scope: 'memory.view',
  cost: 'paid',
  callsPerMinute: 100,
  examples: [{ says: 'Qual é o prazo de troca?', arguments: { question: 'prazo de troca' } }],
  async look(deps, { question }, { tenantId, contactId, turn, attempt }) {
    const subject = costSubjectOf({ contactId, turn });
    const queryVector = await embedQuery(deps, { tenantId, text: question, subject, ...attempt }, attempt.signal);
    const { passages, degraded } = await searchKnowledge(deps.db, {
      tenantId,
      query: question,
      queryVector,
      topK: PASSAGES,
    });
    // Without a contact there is nobody whose documents could be meant.
    const own = contactId
      ? await deps.db.withTenant(tenantId, (tx) =>
          documentsAbout(tx, tenantId, { contactId, query: question, limit: PASSAGES }),
        )
      : [];
    const found = [
      ...passages.map(({ documentId, title, page, text }) => ({
        document_id: documentId,
        message_id: null,
        title,
        page,
        quote: quoteFor(question, text),
      })),
      ...own.map(({ messageId, documentId, title, excerpt }) => ({
        document_id: documentId,
        message_id: messageId,
        title,
        page: null,
        quote: quoteFor(question, excerpt),
      })),
    ];
    const citations = found.filter(({ quote }) => quote !== '');
    return { answer: citations[0]?.quote ?? null, citations, degraded };
  },
});

import { z } from 'zod';
import { customerLanguage, languageName } from '../../agents/team/language';
import { AppError } from '../../errors';
import { readableDocument } from '../../knowledge/readable';
import { summarizeText } from '../../knowledge/summary/summarize-text';
import { defineTool } from '../define-tool';
import { costSubjectOf } from './cost-subject';

export const summarizeDocument = defineTool({
  name: 'summarize_document',
  description:
    'Resume um documento já lido: da empresa ou do cliente (document_id) ou o anexo de uma mensagem (message_id). Documentos muito longos são resumidos até o trecho lido; is_partial avisa.',
  input: z.strictObject({ document_id: z.guid().optional(), message_id: z.guid().optional() }),
  output: z.object({
    title: z.string().nullable(),
    summary: z.string(),
    key_points: z.array(z.string()),
    total_characters: z.number(),
    characters_read: z.number(),
    is_partial: z.boolean().describe('O fim do documento não foi lido'),
    parts: z.number(),
  }),
  about: 'any_contact',
  audience: 'customer',
  access: 'read',
  scope: 'memory.view',
  cost: 'paid',
  examples: [
    {
      says: 'Do que trata esse manual?',
      arguments: { document_id: '01a20630-35d0-7562-8948-23743a1a6e08' },
    },
  ],
  async look(deps, { document_id: documentId, message_id: messageId }, { tenantId, contactId, turn, tell, attempt }) {
    const { title, status, text } = await deps.db.withTenant(tenantId, (tx) =>
      readableDocument(tx, tenantId, { documentId, messageId, contactId }),
    );
    if (text.trim() === '') {
      throw new AppError('PRECONDITION_FAILED', `Nothing was read from the document yet; its status is ${status}`);
    }
    const language = languageName(customerLanguage([text]));
    const subject = costSubjectOf({ contactId, turn });
    const { summary, keyPoints, parts, charactersRead } = await summarizeText(
      deps,
      { tenantId, text, language, subject, onPart: (doneRatio) => tell('analyzing', doneRatio) },
      attempt,
    );
    return {
      title,
      summary,
      key_points: keyPoints,
      total_characters: text.length,
      characters_read: charactersRead,
      is_partial: charactersRead < text.length,
      parts,
    };
  },
});

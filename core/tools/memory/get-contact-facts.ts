import { z } from 'zod';
import { factsOfKnownContact } from '../../memory/facts/store';
import { FACT_TYPES } from '../../memory/facts/types';
import { defineTool } from '../define-tool';

const MOST_FACTS = 50;

export const getContactFacts = defineTool({
  name: 'get_contact_facts',
  description: 'Lista os fatos conhecidos deste cliente: orçamento, preferências, objeções, prazos, problemas.',
  input: z.strictObject({
    fact_types: z.array(z.enum(FACT_TYPES)).optional().describe('Só estes tipos; todos quando ausente'),
  }),
  output: z.object({
    facts: z.array(
      z.object({
        type: z.string(),
        text: z.string(),
        confidence: z.number(),
        claimed: z.boolean().describe('O cliente afirma ter este direito; nada o confirma'),
        source_message_id: z.string().nullable(),
      }),
    ),
  }),
  about: 'contact',
  audience: 'customer',
  access: 'read',
  scope: 'memory.view',
  cost: 'free',
  examples: [{ says: 'Quanto eu disse que podia gastar?', arguments: { fact_types: ['budget'] } }],
  async run(tx, { fact_types: types }, { tenantId, contactId }) {
    const facts = await factsOfKnownContact(tx, tenantId, { contactId, types, limit: MOST_FACTS });
    return {
      facts: facts.map(({ type, text, confidence, isClaimed, sourceMessageId }) => ({
        type,
        text,
        confidence,
        claimed: isClaimed,
        source_message_id: sourceMessageId,
      })),
    };
  },
});

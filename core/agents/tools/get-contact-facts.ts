import { z } from 'zod';
import { getContactFacts } from '../../memory/facts/store';
import { FACT_TYPES } from '../../memory/facts/types';
import type { Tool } from './types';

const input = z.strictObject({
  fact_types: z.array(z.enum(FACT_TYPES)).optional().describe('Só estes tipos; todos quando ausente'),
});

const MOST_FACTS = 50;

export const getContactFactsTool: Tool<typeof input> = {
  name: 'get_contact_facts',
  description: 'Lista os fatos conhecidos deste cliente: orçamento, preferências, objeções, prazos, problemas.',
  input,
  access: 'read',
  async run({ fact_types: types }, { deps, ref: { tenantId }, head, finish }) {
    await deps.db.withTenant(tenantId, async (tx) => {
      const facts = await getContactFacts(tx, tenantId, { contactId: head.contactId, types, limit: MOST_FACTS });
      await finish(tx, {
        facts: facts.map(({ type, text, confidence, sourceMessageId }) => ({
          type,
          text,
          confidence,
          source_message_id: sourceMessageId,
        })),
      });
    });
  },
};

import { z } from 'zod';
import { SHARED_KINDS, similarContacts } from '../../crm/similar-contacts';
import { defineTool } from '../define-tool';

const MOST = 10;

export const findSimilarContacts = defineTool({
  name: 'find_similar_contacts',
  aliases: ['check_similar_leads'],
  description: 'Encontra contatos parecidos com este: mesmas campanhas, listas, etapas de funil, etiquetas e assuntos.',
  input: z.strictObject({ limit: z.int().min(1).max(MOST).default(MOST) }),
  output: z.object({
    contacts: z.array(
      z.object({
        contact_id: z.string(),
        name: z.string(),
        shared: z.array(z.object({ kind: z.enum(SHARED_KINDS), names: z.array(z.string()), count: z.number() })),
        score: z.number(),
      }),
    ),
  }),
  about: 'contact',
  // It names other customers.
  audience: 'staff',
  access: 'read',
  scope: 'contacts.view',
  cost: 'free',
  examples: [{ says: 'Quem mais é parecido com ela?', arguments: { limit: 5 } }],
  async run(tx, { limit }, { tenantId, contactId }) {
    const rows = await similarContacts(tx, tenantId, { contactId, limit });
    return {
      contacts: rows.map(({ id, name, shared, score }) => ({ contact_id: id, name, shared, score })),
    };
  },
});

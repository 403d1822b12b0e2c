import { z } from 'zod';
import { contactStats, getContact } from '../../crm/contacts';
import { stagesOf } from '../../crm/contact-stages';
import { listSessions } from '../../crm/sessions';
import { getContactFacts } from '../../memory/facts/store';
import { present } from '../../present';
import { defineTool } from '../define-tool';
import { contactShape, sessionShape, stageShape } from '../shapes';

const SESSIONS = 5;
const FACTS = 20;

export const getContactContext = defineTool({
  name: 'get_contact_context',
  description: 'Junta o que se sabe deste contato: cadastro, números, últimas conversas, fatos e etapas de funil.',
  input: z.strictObject({}),
  output: z.object({
    contact: contactShape,
    stats: z.object({
      messages_received: z.number(),
      messages_sent: z.number(),
      sessions: z.number(),
      facts: z.number(),
    }),
    sessions: z.array(sessionShape),
    facts: z.array(z.object({ type: z.string(), text: z.string(), confidence: z.number(), claimed: z.boolean() })),
    stages: z.array(stageShape),
  }),
  about: 'contact',
  audience: 'customer',
  access: 'read',
  scope: 'contacts.view',
  cost: 'free',
  examples: [{ says: 'Vocês lembram de mim?', arguments: {} }],
  async run(tx, _input, { tenantId, contactId }) {
    const sessions = await listSessions(tx, tenantId, { contactId, limit: SESSIONS, after: null });
    const facts = await getContactFacts(tx, tenantId, { contactId, limit: FACTS });
    const stages = await stagesOf(tx, tenantId, contactId);
    return {
      contact: contactShape.parse(present(await getContact(tx, tenantId, contactId))),
      stats: present(await contactStats(tx, tenantId, contactId)),
      sessions: sessions.items.map((row) => sessionShape.parse(present(row))),
      facts: facts.map(({ type, text, confidence, isClaimed: claimed }) => ({ type, text, confidence, claimed })),
      stages: stages.map((stage) => stageShape.parse(present(stage))),
    };
  },
});

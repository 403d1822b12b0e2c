import { z } from 'zod';
import { contactStats, getContact } from '../../crm/contacts';
import { stagesOf } from '../../crm/contact-stages';
import { listNotes } from '../../crm/notes';
import { present } from '../../present';
import { defineTool } from '../define-tool';
import { contactShape, noteShape, stageShape, time } from '../shapes';

const NOTES = 5;

export const getContactProfile = defineTool({
  name: 'get_contact_profile',
  description: 'Mostra o perfil completo de um contato: cadastro, números da relação, etapas de funil e últimas notas.',
  input: z.strictObject({}),
  output: z.object({
    contact: contactShape,
    stats: z.object({
      messages_received: z.number(),
      messages_sent: z.number(),
      sessions: z.number(),
      active_sessions: z.number(),
      facts: z.number(),
      first_message_at: time().nullable(),
      last_message_at: time().nullable(),
    }),
    stages: z.array(stageShape),
    notes: z.array(noteShape),
  }),
  about: 'contact',
  audience: 'staff',
  access: 'read',
  scope: 'contacts.view',
  cost: 'free',
  examples: [{ says: 'Me conta tudo sobre esse cliente', arguments: {} }],
  async run(tx, _input, { tenantId, contactId }) {
    const notes = await listNotes(tx, tenantId, { contactId, limit: NOTES, after: null });
    const stages = await stagesOf(tx, tenantId, contactId);
    return {
      contact: contactShape.parse(present(await getContact(tx, tenantId, contactId))),
      stats: present(await contactStats(tx, tenantId, contactId)),
      stages: stages.map((stage) => stageShape.parse(present(stage))),
      notes: notes.items.map((note) => noteShape.parse(present(note))),
    };
  },
});

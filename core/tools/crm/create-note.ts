import { z } from 'zod';
import { addNote } from '../../crm/notes';
import { NOTE_TYPES, PRIORITIES } from '../../crm/types';
import { defineTool } from '../define-tool';

export const createNote = defineTool({
  name: 'create_note',
  aliases: ['add_note'],
  description: 'Escreve uma nota interna sobre este contato, para a equipe ler depois.',
  input: z.strictObject({
    content: z.string().trim().min(1).max(5000),
    note_type: z.enum(NOTE_TYPES).default('general'),
    visibility: z.enum(['internal', 'client']).default('internal'),
    priority: z.enum(PRIORITIES).default('normal'),
  }),
  output: z.object({ note_id: z.string() }),
  about: 'contact',
  audience: 'customer',
  access: 'write',
  scope: 'contacts.manage',
  cost: 'free',
  examples: [{ says: 'Prefiro que me liguem à tarde', arguments: { content: 'Prefere ligações à tarde' } }],
  async run(tx, { content, note_type: type, visibility, priority }, { tenantId, contactId, turn, by }) {
    const note = await addNote(tx, tenantId, {
      contactId,
      sessionId: turn?.sessionId ?? null,
      content,
      type,
      priority,
      visibleToClient: visibility === 'client',
      actor: by,
    });
    return { note_id: note.id };
  },
});

import { z } from 'zod';
import { listContacts } from '../../crm/contacts';
import { present } from '../../present';
import { defineTool } from '../define-tool';
import { cursorOf, LIST_LIMIT, listInput, nextCursor, pageRequest } from '../paging';
import { contactShape } from '../shapes';

export const getContacts = defineTool({
  name: 'get_contacts',
  description:
    'Lista contatos da empresa, dos mais novos aos mais antigos; filtra por texto, etiqueta ou etapa do funil.',
  input: z.strictObject({
    search: z.string().trim().min(1).max(200).optional().describe('Parte do nome, e-mail ou dígitos do telefone'),
    tag: z.string().max(100).optional(),
    pipeline_status: z.guid().optional().describe('Id de uma etapa de funil'),
    ...listInput(LIST_LIMIT),
  }),
  output: z.object({ contacts: z.array(contactShape), next_cursor: nextCursor() }),
  about: 'tenant',
  audience: 'staff',
  access: 'read',
  scope: 'contacts.view',
  cost: 'free',
  examples: [{ says: 'Quem são os clientes VIP?', arguments: { tag: 'vip' } }],
  async run(tx, { search, tag, pipeline_status: statusId, ...page }, { tenantId }) {
    const found = await listContacts(tx, tenantId, { ...pageRequest(page), search, tag, statusId });
    return { contacts: found.items.map((row) => contactShape.parse(present(row))), next_cursor: cursorOf(found) };
  },
});

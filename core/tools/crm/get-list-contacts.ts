import { z } from 'zod';
import { listContactsOf } from '../../crm/contact-lists';
import { present } from '../../present';
import { defineTool } from '../define-tool';
import { cursorOf, LIST_LIMIT, listInput, nextCursor, pageRequest } from '../paging';
import { contactShape } from '../shapes';

export const getListContacts = defineTool({
  name: 'get_list_contacts',
  description: 'Mostra quem está em uma lista de contatos agora.',
  input: z.strictObject({ list_id: z.guid(), ...listInput(LIST_LIMIT) }),
  output: z.object({ contacts: z.array(contactShape), next_cursor: nextCursor() }),
  about: 'tenant',
  audience: 'staff',
  access: 'read',
  scope: 'contacts.view',
  cost: 'free',
  examples: [{ says: 'Quem está na lista?', arguments: { list_id: '01a20630-35d0-7562-8948-23743a1a6e08' } }],
  async run(tx, { list_id: listId, ...page }, { tenantId }) {
    const found = await listContactsOf(tx, tenantId, { listId, ...pageRequest(page) });
    return { contacts: found.items.map((row) => contactShape.parse(present(row))), next_cursor: cursorOf(found) };
  },
});

import { z } from 'zod';
import { listLists } from '../../crm/contact-lists';
import { present } from '../../present';
import { defineTool } from '../define-tool';
import { cursorOf, LIST_LIMIT, listInput, nextCursor, pageRequest } from '../paging';
import { time } from '../shapes';

const listShape = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  is_static: z.boolean(),
  contact_count: z.number(),
  last_calculated_at: time().nullable(),
});

export const getContactLists = defineTool({
  name: 'get_contact_lists',
  description: 'Lista as listas de contatos da empresa, com quantos contatos cada uma tem.',
  input: z.strictObject(listInput(LIST_LIMIT)),
  output: z.object({ lists: z.array(listShape), next_cursor: nextCursor() }),
  about: 'tenant',
  audience: 'staff',
  access: 'read',
  scope: 'contacts.view',
  cost: 'free',
  examples: [{ says: 'Quais listas nós temos?', arguments: {} }],
  async run(tx, page, { tenantId }) {
    const found = await listLists(tx, tenantId, pageRequest(page));
    return { lists: found.items.map((row) => listShape.parse(present(row))), next_cursor: cursorOf(found) };
  },
});

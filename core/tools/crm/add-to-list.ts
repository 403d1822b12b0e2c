import { z } from 'zod';
import { changeMembership } from '../../crm/contact-lists';
import { defineTool } from '../define-tool';

export const addToList = defineTool({
  name: 'add_to_list',
  description: 'Põe este contato em uma lista fixa da empresa.',
  input: z.strictObject({ list_id: z.guid() }),
  output: z.object({ list_id: z.string(), contact_count: z.number() }),
  about: 'contact',
  audience: 'staff',
  access: 'write',
  scope: 'contacts.manage',
  cost: 'free',
  isIdempotent: true,
  examples: [{ says: 'Coloca ela na lista', arguments: { list_id: '01a20630-35d0-7562-8948-23743a1a6e08' } }],
  async run(tx, { list_id: listId }, { tenantId, contactId }) {
    const list = await changeMembership(tx, tenantId, { listId, contactId, isMember: true });
    return { list_id: list.id, contact_count: list.contactCount };
  },
});

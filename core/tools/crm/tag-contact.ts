import { z } from 'zod';
import { changeTags } from '../../crm/contact-tags';
import { defineTool } from '../define-tool';

export const tagContact = defineTool({
  name: 'tag_contact',
  aliases: ['add_tag', 'update_contact_tags'],
  description: 'Acrescenta, retira ou substitui etiquetas deste contato.',
  input: z.strictObject({
    tags: z.array(z.string().trim().min(1).max(100)).min(1).max(20),
    operation: z.enum(['add', 'remove', 'replace']).default('add'),
  }),
  output: z.object({ tags: z.array(z.string()) }),
  about: 'contact',
  audience: 'customer',
  access: 'write',
  scope: 'contacts.manage',
  cost: 'free',
  isIdempotent: true,
  examples: [{ says: 'Sou revendedora', arguments: { tags: ['revenda'] } }],
  async run(tx, { tags, operation }, { tenantId, contactId, by }) {
    return { tags: await changeTags(tx, tenantId, { contactId, tags, operation, actor: by }) };
  },
});

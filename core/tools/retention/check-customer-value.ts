import { z } from 'zod';
import { getContact } from '../../crm/contacts';
import { lifetimeValueOf } from '../../crm/retention';
import { defineTool } from '../define-tool';

export const checkCustomerValue = defineTool({
  name: 'check_customer_value',
  description:
    'Diz quanto este cliente vale para a empresa (campo lifetime_value do contato) e há quanto tempo é cliente.',
  input: z.strictObject({}),
  output: z.object({ lifetime_value: z.number().nullable(), customer_for_days: z.number(), sessions: z.number() }),
  about: 'contact',
  audience: 'staff',
  access: 'read',
  scope: 'contacts.view',
  cost: 'free',
  examples: [{ says: 'Esse cliente é importante?', arguments: {} }],
  async run(tx, _input, { tenantId, contactId }) {
    const contact = await getContact(tx, tenantId, contactId);
    const days = Math.floor((Date.now() - contact.createdAt.getTime()) / 86_400_000);
    const sessions = await tx.session.count({ where: { tenantId, contactId } });
    return { lifetime_value: lifetimeValueOf(contact.customFields), customer_for_days: days, sessions };
  },
});

import { z } from 'zod';
import { listOffers } from '../../crm/retention-offers';
import { defineTool } from '../define-tool';
import { LIST_LIMIT } from '../paging';
import { time } from '../shapes';

export const getPastOffers = defineTool({
  name: 'get_past_offers',
  description:
    'Lista as ofertas de retenção já feitas a este cliente, com a resposta dele, da mais nova para a mais antiga.',
  input: z.strictObject({}),
  output: z.object({
    offers: z.array(
      z.object({
        discount_percent: z.number(),
        duration_months: z.number(),
        reason: z.string(),
        status: z.string(),
        created_at: time(),
      }),
    ),
  }),
  about: 'contact',
  audience: 'customer',
  access: 'read',
  scope: 'contacts.view',
  cost: 'free',
  examples: [{ says: 'Vocês já me deram desconto uma vez', arguments: {} }],
  async run(tx, _input, { tenantId, contactId }) {
    const { items } = await listOffers(tx, tenantId, { contactId, limit: LIST_LIMIT, after: null });
    return {
      offers: items.map(({ discountPercent, durationMonths, reason, status, createdAt }) => ({
        discount_percent: discountPercent,
        duration_months: durationMonths,
        reason,
        status,
        created_at: createdAt.toISOString(),
      })),
    };
  },
});

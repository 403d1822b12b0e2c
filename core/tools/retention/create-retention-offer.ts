import { z } from 'zod';
import { createOffer } from '../../crm/retention-offers';
import { defineTool } from '../define-tool';
import { MAX_DISCOUNT_PERCENT_ALONE } from '../rules';

export const createRetentionOffer = defineTool({
  name: 'create_retention_offer',
  description:
    'Registra uma oferta de desconto para este cliente não sair. Acima de 30 % só com um supervisor; no máximo três por cliente em 90 dias. Uma nova retira a que está em aberto.',
  input: z.strictObject({
    discount_percent: z.int().min(1).max(100),
    duration_months: z.int().min(1).max(36).default(1),
    reason: z.string().trim().min(1).max(500),
  }),
  output: z.object({ offer_id: z.string(), discount_percent: z.number(), duration_months: z.number() }),
  about: 'contact',
  audience: 'customer',
  access: 'write',
  scope: 'contacts.manage',
  cost: 'free',
  approval: [{ kind: 'above', argument: 'discount_percent', limit: MAX_DISCOUNT_PERCENT_ALONE, reason: 'discount' }],
  examples: [
    {
      says: 'Está muito caro, vou cancelar',
      arguments: { discount_percent: 15, duration_months: 3, reason: 'preço acima do orçamento' },
    },
  ],
  async run(tx, { discount_percent, duration_months, reason }, { tenantId, contactId, turn, callId, by }) {
    await createOffer(tx, tenantId, {
      // The call is the offer: a second attempt of it cannot make another.
      id: callId,
      contactId,
      conversationId: turn?.conversationId ?? null,
      discountPercent: discount_percent,
      durationMonths: duration_months,
      reason,
      // Who bargains says neither yes nor no to the offer before.
      replacesOpen: true,
      actor: by,
    });
    return { offer_id: callId, discount_percent, duration_months };
  },
});

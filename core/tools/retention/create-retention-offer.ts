import { z } from 'zod';
import { addContactEvent } from '../../crm/contact-events';
import { sourceOf } from '../../crm/types';
import { defineTool } from '../define-tool';
import { MAX_DISCOUNT_PERCENT_ALONE } from '../rules';

export const createRetentionOffer = defineTool({
  name: 'create_retention_offer',
  description:
    'Registra uma oferta de desconto para este cliente não sair. Acima de 30 % só com um supervisor; no máximo três por cliente.',
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
    await tx.retentionOffer.create({
      data: {
        // The call is the offer: a second attempt of it cannot make another.
        id: callId,
        tenantId,
        contactId,
        conversationId: turn?.conversationId ?? null,
        discountPercent: discount_percent,
        durationMonths: duration_months,
        reason,
      },
    });
    await addContactEvent(tx, tenantId, {
      contactId,
      category: 'general',
      eventType: 'retention_offer_created',
      title: `${discount_percent} %`,
      payload: { offer_id: callId, discount_percent, duration_months, reason },
      source: sourceOf(by),
    });
    return { offer_id: callId, discount_percent, duration_months };
  },
});

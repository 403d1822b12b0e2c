import { z } from 'zod';
import { churnRisk, churnSignals } from '../../crm/churn';
import { listContactsOf } from '../../crm/contact-lists';
import { AppError } from '../../errors';
import { defineTool } from '../define-tool';
import { wrongArgument } from '../wrong-arguments';

const MOST_OF_SEGMENT = 100;
const SHOWN = 10;

const factor = z.object({
  factor: z.string(),
  value: z.number().nullable(),
  weight: z.number(),
  contribution: z.number(),
});

export const predictChurnRisk = defineTool({
  name: 'predict_churn_risk',
  aliases: ['predict_churn', 'get_churn_prediction'],
  description:
    'Estima de 0 a 1 o risco de perder este cliente (ou os de uma lista) e mostra os fatores e o peso de cada um.',
  input: z.strictObject({ segment_list_id: z.guid().optional().describe('Uma lista de contatos em vez de um só') }),
  output: z.object({
    risk: z.number(),
    level: z.string(),
    factors: z.array(factor),
    contacts: z.array(z.object({ contact_id: z.string(), name: z.string(), risk: z.number(), level: z.string() })),
  }),
  about: 'any_contact',
  audience: 'customer',
  access: 'read',
  scope: 'analytics.view',
  cost: 'free',
  examples: [{ says: 'Está muito caro, acho que vou cancelar', arguments: {} }],
  async run(tx, { segment_list_id: listId }, { tenantId, contactId, turn }) {
    if (contactId) {
      const signals = (await churnSignals(tx, tenantId, [contactId])).get(contactId);
      if (!signals) throw new AppError('NOT_FOUND', 'There is no contact with this id');
      return { ...churnRisk(signals), contacts: [] };
    }
    // An agent always has a contact; a list shows others.
    if (!listId || turn) throw wrongArgument('segment_list_id', 'is required without contact_id');
    const { items } = await listContactsOf(tx, tenantId, { listId, limit: MOST_OF_SEGMENT, after: null });
    const signals = await churnSignals(
      tx,
      tenantId,
      items.map(({ id }) => id),
    );
    const risks = [...signals].map(([id, { name, ...own }]) => ({ contact_id: id, name, ...churnRisk(own) }));
    const mean = risks.reduce((sum, { risk }) => sum + risk, 0) / Math.max(1, risks.length);
    const worst = risks.toSorted((a, b) => b.risk - a.risk);
    return {
      risk: Math.round(mean * 1000) / 1000,
      level: mean >= 0.6 ? 'high' : mean >= 0.3 ? 'medium' : 'low',
      factors: worst[0]?.factors ?? [],
      contacts: worst.slice(0, SHOWN).map(({ contact_id, name, risk, level }) => ({ contact_id, name, risk, level })),
    };
  },
});

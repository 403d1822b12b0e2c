import { z } from 'zod';
import { sentimentOf } from '../../crm/sentiment/score';
import { defineTool } from '../define-tool';
import { wrongArgument } from '../wrong-arguments';

const MESSAGES = 20;

export const analyzeSentiment = defineTool({
  name: 'analyze_sentiment',
  description: 'Mede o sentimento de um texto, ou das últimas mensagens deste contato, de -1 (muito negativo) a 1.',
  input: z.strictObject({ text: z.string().trim().min(1).max(10_000).optional() }),
  output: z.object({
    score: z.number(),
    label: z.string(),
    evidence: z.array(z.object({ word: z.string(), weight: z.number() })),
    messages: z.number(),
  }),
  about: 'any_contact',
  audience: 'customer',
  access: 'read',
  scope: 'messages.view',
  cost: 'free',
  examples: [
    { says: 'Péssimo atendimento, quero cancelar', arguments: { text: 'Péssimo atendimento, quero cancelar' } },
  ],
  async run(tx, { text }, { tenantId, contactId }) {
    if (text !== undefined) return { ...sentimentOf(text), messages: 0 };
    if (!contactId) throw wrongArgument('text', 'is required without contact_id');
    const said = await tx.message.findMany({
      where: { tenantId, contactId, fromMe: false, deletedAt: null, text: { not: null } },
      orderBy: { sentAt: 'desc' },
      take: MESSAGES,
      select: { text: true },
    });
    return { ...sentimentOf(said.map((message) => message.text ?? '').join('\n')), messages: said.length };
  },
});

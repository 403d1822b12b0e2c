import { z } from 'zod';
import { leadScore } from '../../crm/lead-score';
import { defineTool } from '../define-tool';

const points = () => z.number().min(0).max(10).default(0);

export const calculateLeadScore = defineTool({
  name: 'calculate_lead_score',
  description:
    'Calcula a nota de um lead de 0 a 100 (BANT, engajamento, porte, origem, rapidez), com os pontos de cada parte.',
  input: z.strictObject({
    bant: z
      .strictObject({ budget: points(), authority: points(), need: points(), timeline: points() })
      .default({ budget: 0, authority: 0, need: 0, timeline: 0 }),
    messages: z.int().min(0).optional().describe('Mensagens do lead nos últimos 30 dias'),
    employees: z.int().min(0).optional(),
    source: z.string().max(50).optional(),
    answer_minutes: z.number().min(0).optional().describe('Minutos até responder à nossa última pergunta'),
  }),
  output: z.object({
    score: z.number(),
    action: z.string(),
    factors: z.array(z.object({ factor: z.string(), points: z.number(), of: z.number(), because: z.string() })),
  }),
  about: 'nothing',
  audience: 'customer',
  access: 'read',
  scope: 'analytics.view',
  cost: 'free',
  examples: [
    {
      says: 'Tenho verba, decido eu, preciso para este mês',
      arguments: { bant: { budget: 9, authority: 10, need: 8, timeline: 9 }, messages: 12, source: 'referral' },
    },
  ],
  run: (_tx, { bant, messages = null, employees = null, source = null, answer_minutes: answerMinutes = null }) =>
    Promise.resolve(leadScore({ bant, messages, employees, source, answerMinutes })),
});

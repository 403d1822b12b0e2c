import { z } from 'zod';
import { defineTool } from '../define-tool';
import { askForPerson } from './ask-for-person';

export const escalateToHuman = defineTool({
  name: 'escalate_to_human',
  description: 'Passa a conversa para uma pessoa da equipe. Depois disso você só se despede; a pessoa continua.',
  input: z.strictObject({
    reason: z.string().min(1).max(500).describe('Por que uma pessoa precisa assumir'),
    priority: z.enum(['low', 'normal', 'high', 'urgent']).default('normal'),
  }),
  output: z.object({ escalated: z.boolean(), priority: z.string().optional(), note: z.string().optional() }),
  about: 'contact',
  audience: 'customer',
  access: 'write',
  scope: 'sessions.manage',
  cost: 'free',
  isIdempotent: true,
  examples: [{ says: 'Quero falar com um atendente', arguments: { reason: 'O cliente pediu uma pessoa' } }],
  run: (tx, { reason, priority }, context) => askForPerson(tx, { ...context, reason, priority }),
});

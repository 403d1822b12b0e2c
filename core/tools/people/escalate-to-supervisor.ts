import { z } from 'zod';
import { defineTool } from '../define-tool';
import { askForPerson } from './ask-for-person';

export const escalateToSupervisor = defineTool({
  name: 'escalate_to_supervisor',
  description:
    'Passa a conversa para um supervisor: desconto acima do limite, ameaça de processo, caso que só ele decide.',
  input: z.strictObject({
    reason: z.string().min(1).max(500),
    priority: z.enum(['normal', 'high', 'urgent']).default('high'),
  }),
  output: z.object({ escalated: z.boolean(), priority: z.string().optional(), note: z.string().optional() }),
  about: 'contact',
  audience: 'customer',
  access: 'write',
  scope: 'sessions.manage',
  cost: 'free',
  isIdempotent: true,
  examples: [{ says: 'Quero 50 % de desconto ou cancelo', arguments: { reason: 'pede 50 % de desconto' } }],
  run: (tx, { reason, priority }, context) =>
    askForPerson(tx, { ...context, priority, reason: `supervisor: ${reason}` }),
});

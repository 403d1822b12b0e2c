import { z } from 'zod';
import { defineTool } from '../define-tool';
import { requireSession } from '../scope';

export const getSessionSummary = defineTool({
  name: 'get_session_summary',
  description: 'Mostra o resumo de uma conversa encerrada: assuntos, sentimento, resultado e próximos passos.',
  input: z.strictObject({ session_id: z.guid() }),
  output: z.object({
    session_id: z.string(),
    status: z.string(),
    summary: z
      .object({
        text: z.string(),
        topics: z.array(z.string()),
        sentiment: z.string(),
        outcome: z.string(),
        resolved: z.boolean(),
        escalated: z.boolean(),
        converted: z.boolean(),
        next_steps: z.array(z.string()),
      })
      .nullable()
      .describe('Nulo: a conversa não acabou ou tem menos de três mensagens'),
  }),
  about: 'any_contact',
  audience: 'customer',
  access: 'read',
  scope: 'memory.view',
  cost: 'free',
  examples: [
    {
      says: 'O que ficou combinado da última vez?',
      arguments: { session_id: '01a20630-35d0-7562-8948-23743a1a6e08' },
    },
  ],
  async run(tx, { session_id: sessionId }, { tenantId, contactId }) {
    const { status } = await requireSession(tx, tenantId, { sessionId, contactId });
    const row = await tx.sessionSummary.findFirst({ where: { tenantId, sessionId } });
    return {
      session_id: sessionId,
      status,
      summary: row && {
        text: row.summary,
        topics: row.topics,
        sentiment: row.sentiment,
        outcome: row.outcome,
        resolved: row.resolved,
        escalated: row.escalated,
        converted: row.converted,
        next_steps: row.nextSteps,
      },
    };
  },
});

import { z } from 'zod';
import { closeSession as endSession, RESOLUTIONS } from '../../crm/close-session';
import { defineTool } from '../define-tool';
import { requireSession } from '../scope';
import { wrongArgument } from '../wrong-arguments';

export const closeSession = defineTool({
  name: 'close_session',
  description: 'Encerra a conversa deste contato e registra o resumo e o resultado.',
  input: z.strictObject({
    session_id: z.guid().optional().describe('A conversa aberta, quando ausente'),
    summary: z.string().trim().min(1).max(5000),
    sentiment: z.enum(['positive', 'neutral', 'negative', 'mixed']).optional(),
    resolution: z.enum(RESOLUTIONS),
  }),
  output: z.object({ session_id: z.string(), status: z.string() }),
  about: 'any_contact',
  audience: 'customer',
  access: 'write',
  scope: 'sessions.manage',
  cost: 'free',
  isDestructive: true,
  examples: [
    {
      says: 'Era só isso, obrigado!',
      arguments: { summary: 'Dúvida sobre entrega respondida', resolution: 'resolved' },
    },
  ],
  async run(tx, { session_id, summary, sentiment, resolution }, { tenantId, contactId, turn, by }) {
    const sessionId = session_id ?? turn?.sessionId;
    if (!sessionId) throw wrongArgument('session_id', 'is required outside a conversation');
    const session = await requireSession(tx, tenantId, { sessionId, contactId });
    await endSession(tx, tenantId, {
      sessionId,
      contactId: session.contactId,
      reason: turn ? 'agent_close' : 'manual_close',
      summary,
      resolution,
      sentiment,
      actor: by,
    });
    return { session_id: sessionId, status: 'manually_closed' };
  },
});

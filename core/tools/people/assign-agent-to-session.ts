import { z } from 'zod';
import { AppError } from '../../errors';
import { assignConversation } from '../../people/assign';
import { defineTool } from '../define-tool';
import { requireSession } from '../scope';
import { notifyPrevious } from './notify-previous';

export const assignAgentToSession = defineTool({
  name: 'assign_agent_to_session',
  description: 'Entrega uma conversa em andamento a uma pessoa da equipe.',
  input: z.strictObject({
    session_id: z.guid(),
    agent_id: z.guid(),
    reason: z.string().trim().min(1).max(500).optional(),
    notify_previous: notifyPrevious(),
  }),
  output: z.object({ session_id: z.string(), agent_id: z.string(), name: z.string() }),
  about: 'tenant',
  audience: 'staff',
  access: 'write',
  scope: 'sessions.manage',
  cost: 'free',
  examples: [
    {
      says: 'Coloca o Bruno nesta conversa',
      arguments: {
        session_id: '0193a000-0000-7000-8000-000000000002',
        agent_id: '0193a000-0000-7000-8000-000000000001',
        reason: 'Ele conhece o caso',
      },
    },
  ],
  async run(tx, { session_id: sessionId, agent_id: agentId, reason, notify_previous }, { tenantId, by }) {
    const { conversationId, status } = await requireSession(tx, tenantId, { sessionId, contactId: null });
    if (status !== 'active') throw new AppError('INVARIANT_VIOLATION', 'The session has ended');
    const { name } = await assignConversation(tx, {
      tenantId,
      conversationId,
      agentId,
      note: null,
      reason: reason ?? null,
      notifyPrevious: notify_previous,
      actor: by,
    });
    return { session_id: sessionId, agent_id: agentId, name };
  },
});

import { z } from 'zod';
import { assignConversation } from '../../people/assign';
import { defineTool } from '../define-tool';
import { latestConversation } from './latest-conversation';
import { notifyPrevious } from './notify-previous';

export const assignToAgent = defineTool({
  name: 'assign_to_agent',
  description: 'Entrega a conversa deste contato a uma pessoa da equipe, com uma nota sobre o caso.',
  input: z.strictObject({
    agent_id: z.guid(),
    priority: z.enum(['low', 'medium', 'high']).default('medium'),
    notes: z.string().trim().min(1).max(5000).optional(),
    notify_previous: notifyPrevious(),
  }),
  output: z.object({ conversation_id: z.string(), agent_id: z.string(), name: z.string() }),
  about: 'contact',
  audience: 'staff',
  access: 'write',
  scope: 'sessions.manage',
  cost: 'free',
  examples: [
    {
      says: 'Este lead está quente, passa para a Ana',
      arguments: { agent_id: '0193a000-0000-7000-8000-000000000001', priority: 'high', notes: 'Quer fechar hoje' },
    },
  ],
  async run(tx, { agent_id: agentId, priority, notes, notify_previous }, { tenantId, contactId, turn, by }) {
    const conversationId = turn?.conversationId ?? (await latestConversation(tx, tenantId, contactId));
    const { name } = await assignConversation(tx, {
      tenantId,
      conversationId,
      agentId,
      note: notes ?? null,
      reason: `priority: ${priority}`,
      notifyPrevious: notify_previous,
      actor: by,
    });
    return { conversation_id: conversationId, agent_id: agentId, name };
  },
});

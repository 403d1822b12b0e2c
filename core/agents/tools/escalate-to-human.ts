import { z } from 'zod';
import { lockConversation } from '../../conversation/turns';
import { handOverFromTurn } from '../hand-over';
import type { Tool } from './types';

const input = z.strictObject({
  reason: z.string().min(1).max(500).describe('Por que uma pessoa precisa assumir'),
  priority: z.enum(['low', 'normal', 'high', 'urgent']).default('normal'),
});

export const escalateToHumanTool: Tool<typeof input> = {
  name: 'escalate_to_human',
  description: 'Passa a conversa para uma pessoa da equipe. Depois disso você só se despede; a pessoa continua.',
  input,
  access: 'write',
  async run({ reason, priority }, { deps, ref: { tenantId, turnId }, head, finish }) {
    await deps.db.withTenant(tenantId, async (tx) => {
      const { handler, handlerVersion } = await lockConversation(tx, tenantId, head.conversationId);
      // Somebody who took over meanwhile keeps the conversation.
      if (handler !== 'ai') return finish(tx, { escalated: true, note: 'a person has been asked for already' });
      if (handlerVersion !== head.turnHandlerVersion)
        return finish(tx, { escalated: false, note: 'a person was here meanwhile' });
      await handOverFromTurn(tx, {
        tenantId,
        turnId,
        conversationId: head.conversationId,
        reason: `${priority}: ${reason}`,
      });
      return finish(tx, { escalated: true, priority });
    });
  },
};

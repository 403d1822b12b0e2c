import { z } from 'zod';
import { handOverFromTurn } from '../../agents/hand-over';
import { changeHandler } from '../../conversation/handler';
import { lockConversation } from '../../conversation/turns';
import type { Tx } from '../../database';
import { defineTool } from '../define-tool';
import type { TurnScope } from '../types';
import { latestConversation } from './latest-conversation';

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
  async run(tx, { reason, priority }, { tenantId, contactId, turn }) {
    const conversationId = turn?.conversationId ?? (await latestConversation(tx, tenantId, contactId));
    const { handler, handlerVersion } = await lockConversation(tx, tenantId, conversationId);
    // Somebody who took over meanwhile keeps the conversation.
    if (handler !== 'ai') return { escalated: true, note: 'a person has been asked for already' };
    if (turn && handlerVersion !== turn.handlerVersion)
      return { escalated: false, note: 'a person was here meanwhile' };
    await askForPerson(tx, { tenantId, conversationId, turn, reason: `${priority}: ${reason}` });
    return { escalated: true, priority };
  },
});

async function askForPerson(
  tx: Tx,
  of: { tenantId: string; conversationId: string; turn: TurnScope | null; reason: string },
): Promise<void> {
  const { turn, ...change } = of;
  if (turn) await handOverFromTurn(tx, { ...change, turnId: turn.turnId });
  else await changeHandler(tx, { ...change, handler: 'waiting', name: null });
}

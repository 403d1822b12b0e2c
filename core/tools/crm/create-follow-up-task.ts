import { z } from 'zod';
import { scheduleFollowUp } from '../../crm/follow-ups/follow-ups';
import { defineTool } from '../define-tool';
import { time } from '../shapes';
import { latestChannel } from './send-message';
import { wrongArgument } from '../wrong-arguments';

const HOUR_MS = 3_600_000;

export const createFollowUpTask = defineTool({
  name: 'create_follow_up_task',
  aliases: ['schedule_follow_up'],
  description:
    'Agenda uma mensagem para este contato. Não sai se ele pedir uma pessoa ou não quiser mais mensagens até lá.',
  input: z.strictObject({
    message: z.string().trim().min(1).max(4096),
    scheduled_at: time().optional().describe('Quando, com fuso: 2026-03-01T09:00:00-03:00'),
    in_hours: z.number().positive().max(8760).optional().describe('Daqui a quantas horas, em vez de scheduled_at'),
    channel_id: z.guid().optional().describe('O canal da conversa, quando ausente'),
  }),
  output: z.object({ follow_up_id: z.string(), scheduled_at: time() }),
  about: 'contact',
  audience: 'customer',
  access: 'write',
  scope: 'messages.send',
  cost: 'free',
  examples: [{ says: 'Me chama amanhã', arguments: { message: 'Oi! Você pediu para eu chamar hoje.', in_hours: 24 } }],
  async run(tx, { message: text, ...when }, { tenantId, contactId, turn, by }) {
    // An agent writes on the channel of its conversation and on no other.
    const channelId = turn?.channelId ?? when.channel_id ?? (await latestChannel(tx, tenantId, contactId));
    const followUp = await scheduleFollowUp(tx, tenantId, {
      contactId,
      channelId,
      text,
      scheduledAt: timeOf(when),
      actor: by,
    });
    return { follow_up_id: followUp.id, scheduled_at: followUp.scheduledAt.toISOString() };
  },
});

function timeOf(when: { scheduled_at?: string | undefined; in_hours?: number | undefined }): Date {
  if ((when.scheduled_at === undefined) === (when.in_hours === undefined))
    throw wrongArgument('scheduled_at', 'give either it or in_hours');
  return when.scheduled_at === undefined
    ? new Date(Date.now() + (when.in_hours ?? 0) * HOUR_MS)
    : new Date(when.scheduled_at);
}

import { z } from 'zod';
import { sqlFile } from '../../database';
import { defineTool } from '../define-tool';

interface StatusRow {
  channelsActive: number;
  channelsFailing: number;
  messagesWaiting: number;
  messagesFailedLastHour: number;
  enrichmentsWaiting: number;
  enrichmentsFailedLastHour: number;
  oldestEventSeconds: number;
}

/** Older events mean that the relay stands still. */
const SLOW_AFTER_SECONDS = 60;

export const checkSystemStatus = defineTool({
  name: 'check_system_status',
  description: 'Diz se o atendimento da empresa está funcionando: canais, envio de mensagens e leitura de mídias.',
  input: z.strictObject({}),
  output: z.object({
    status: z.enum(['ok', 'degraded']),
    problems: z.array(z.string()),
    channels_active: z.number(),
    channels_failing: z.number(),
    messages_waiting: z.number(),
    messages_failed_last_hour: z.number(),
    enrichments_waiting: z.number(),
    enrichments_failed_last_hour: z.number(),
    oldest_event_seconds: z.number(),
  }),
  about: 'tenant',
  audience: 'customer',
  access: 'read',
  scope: 'channels.view',
  cost: 'free',
  examples: [{ says: 'O sistema de vocês caiu?', arguments: {} }],
  async run(tx, _input, { tenantId }) {
    const [row] = await tx.$queryRawUnsafe<StatusRow[]>(sqlFile('core/tools/sql/system-status.sql'), tenantId);
    const status = row ?? EMPTY;
    const problems = [
      ...(status.channelsFailing > 0 ? ['a channel is disconnected'] : []),
      ...(status.messagesFailedLastHour > 0 ? ['messages could not be sent'] : []),
      ...(status.enrichmentsFailedLastHour > 0 ? ['media could not be read'] : []),
      ...(status.oldestEventSeconds > SLOW_AFTER_SECONDS ? ['work is waiting'] : []),
    ];
    return {
      status: problems.length === 0 ? ('ok' as const) : ('degraded' as const),
      problems,
      channels_active: status.channelsActive,
      channels_failing: status.channelsFailing,
      messages_waiting: status.messagesWaiting,
      messages_failed_last_hour: status.messagesFailedLastHour,
      enrichments_waiting: status.enrichmentsWaiting,
      enrichments_failed_last_hour: status.enrichmentsFailedLastHour,
      oldest_event_seconds: status.oldestEventSeconds,
    };
  },
});

const EMPTY: StatusRow = {
  channelsActive: 0,
  channelsFailing: 0,
  messagesWaiting: 0,
  messagesFailedLastHour: 0,
  enrichmentsWaiting: 0,
  enrichmentsFailedLastHour: 0,
  oldestEventSeconds: 0,
};

import { proxyActivities } from '@temporalio/workflow';
import type { SendingActivities } from '../../activities/sending';
import { toFailure } from '../shared/failures';
import { DATABASE_ACTIVITY, QUEUES } from '../shared/queues';
import type { SendingInput } from './types';

const database = proxyActivities<SendingActivities>(DATABASE_ACTIVITY);
/**
 * The message id is made before the first attempt, so the channel sees a repeated send as the same message. A channel
 * that is down for hours still gets it; the last failure is written on the message.
 */
const channel = proxyActivities<SendingActivities>({
  taskQueue: QUEUES.channel,
  startToCloseTimeout: '30s',
  heartbeatTimeout: '20s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5m', maximumAttempts: 50 },
});

/** Delivers one outbound message. */
export async function sendingWorkflow({ tenantId, messageId }: SendingInput): Promise<{ status: string }> {
  try {
    return await channel.sendMessage({ tenantId, messageId });
  } catch (error) {
    await database.failMessage({ tenantId, messageId, ...toFailure(error) });
    return { status: 'failed' };
  }
}

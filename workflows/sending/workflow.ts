import { proxyActivities, sleep } from '@temporalio/workflow';
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

/** Delivers one outbound message. One that may have arrived waits for its echo, then its channel's policy decides. */
export async function sendingWorkflow({ tenantId, messageId }: SendingInput): Promise<{ status: string }> {
  try {
    // A step that runs recorded before it cannot meet: their sends never ended as `unknown`.
    for (let mayResend = true; ; mayResend = false) {
      const { status, waitMs } = await channel.sendMessage({ tenantId, messageId });
      if (status !== 'unknown' || waitMs === undefined) return { status };
      await sleep(waitMs);
      const settled = await database.settleUnknown({ tenantId, messageId, mayResend });
      if (settled.status !== 'queued') return settled;
    }
  } catch (error) {
    await database.failMessage({ tenantId, messageId, ...toFailure(error) });
    return { status: 'failed' };
  }
}

import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure, defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import { inContext, type WorkContext } from '../core/observability/context';
import { metrics } from '../core/observability/metrics';
import { CORRELATION_HEADER } from '../workflows/shared/correlation';

/** Those whose result is how a turn ended. */
const ENDS_OF_TURNS: ReadonlySet<string> = new Set(['writeReply', 'handOver']);

/** Round every attempt of every activity: the ids its log lines carry, how long it waited, how it ended. */
export function observeActivities({ info }: Context): ActivityInterceptors {
  return {
    inbound: {
      async execute(input, next) {
        const header = input.headers[CORRELATION_HEADER];
        const correlationId = header && defaultPayloadConverter.fromPayload<string>(header);
        const { activityType: activity, taskQueue: queue, attempt } = info;
        const waitedMs = Date.now() - info.currentAttemptScheduledTimestampMs;
        // The server's clock may be ahead of ours.
        metrics.queueWaitSeconds.observe({ queue }, Math.max(0, waitedMs) / 1000);
        const workflowId = info.workflowExecution?.workflowId;
        const context: WorkContext = {
          ...(correlationId ? { correlationId } : {}),
          ...(workflowId ? { workflowId } : {}),
          activity,
          attempt,
        };
        const end = metrics.activitySeconds.startTimer({ activity });
        try {
          const result = await inContext(context, () => next(input));
          end({ outcome: 'completed' });
          if (ENDS_OF_TURNS.has(activity)) metrics.turns.inc({ outcome: String(result) });
          if (activity === 'failTurn') metrics.turns.inc({ outcome: 'failed' });
          return result;
        } catch (error) {
          end({ outcome: error instanceof CancelledFailure ? 'cancelled' : 'failed' });
          if (!(error instanceof CancelledFailure)) countFailure(info, error);
          throw error;
        }
      },
    },
  };
}

function countFailure({ activityType: activity, attempt, retryPolicy }: Context['info'], error: unknown): void {
  const isOurs = error instanceof ApplicationFailure;
  const code = (isOurs && error.type) || 'INTERNAL_ERROR';
  const most = retryPolicy?.maximumAttempts ?? Infinity;
  const isLast = (isOurs && error.nonRetryable === true) || attempt >= (most || Infinity);
  (isLast ? metrics.activityFailures : metrics.activityRetries).inc({ activity, code });
}

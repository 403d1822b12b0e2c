import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { EnrichmentPlan } from '../../core/enrichment/types';
import { QUEUES } from '../../workflows/shared/queues';
import type { EnrichmentInput } from '../../workflows/enrichment/types';
import type { enrichmentWorkflow } from '../../workflows/enrichment/workflow';
import { withWorker } from '../support/temporal';

const SETTLED: EnrichmentPlan = { step: 'settled', hasText: true, mediaKind: 'image' };

/** Plays one enrichment that is settled already, and tells where its plan was asked for. */
async function play(of: { atOnce?: boolean; failure?: ApplicationFailure }) {
  const asked: string[] = [];
  const planEnrichment = (): Promise<EnrichmentPlan> => {
    const { isLocal } = activityInfo();
    asked.push(isLocal ? 'inside' : 'on its queue');
    return isLocal && of.failure ? Promise.reject(of.failure) : Promise.resolve(SETTLED);
  };
  return withWorker({ activities: { planEnrichment }, taskQueue: QUEUES.workflows }, async ({ client }) => {
    const input: EnrichmentInput = {
      tenantId: randomUUID(),
      enrichmentId: randomUUID(),
      messageId: null,
      mediaKind: 'image',
      conversation: null,
      isRemembered: false,
      ...(of.atOnce === undefined ? {} : { atOnce: of.atOnce }),
    };
    const handle = await client.workflow.start<typeof enrichmentWorkflow>('enrichmentWorkflow', {
      workflowId: `test-${input.enrichmentId}`,
      taskQueue: QUEUES.workflows,
      args: [input],
    });
    const outcome = await handle.result().catch((error: unknown) => error);
    const { events } = await handle.fetchHistory();
    const scheduled = events?.filter((event) => event.activityTaskScheduledEventAttributes).length;
    return { asked, outcome, scheduled };
  });
}

describe('short steps of the database', () => {
  it('run inside the workflow task that asks for them, and no queue has them', async () => {
    const { asked, outcome, scheduled } = await play({ atOnce: true });
    assert.deepEqual({ asked, outcome, scheduled }, { asked: ['inside'], outcome: { hasText: true }, scheduled: 0 });
  });

  it('are tried once there, and then by an activity, which is retried for as long as the database is away', async () => {
    const failure = ApplicationFailure.create({ type: 'DATABASE_ERROR', message: 'The database does not answer' });
    const { asked, outcome, scheduled } = await play({ atOnce: true, failure });
    assert.deepEqual(asked, ['inside', 'on its queue']);
    assert.deepEqual({ outcome, scheduled }, { outcome: { hasText: true }, scheduled: 1 });
  });

  it('are activities for a workflow that was started by an older version', async () => {
    const { asked, scheduled } = await play({});
    assert.deepEqual({ asked, scheduled }, { asked: ['on its queue'], scheduled: 1 });
  });
});

import assert from 'node:assert/strict';
import { defaultPayloadConverter } from '@temporalio/common';
import * as workflows from '../../workflows';
import { recordedHistories, replay, type History } from '../support/histories';
import { testWorkflowBundle } from '../support/temporal';

const eventTypes = ({ history }: History): Set<string> =>
  new Set(
    history.events?.flatMap((event) =>
      Object.entries(event).flatMap(([name, value]) => (name.endsWith('EventAttributes') && value ? [name] : [])),
    ),
  );

const inputOf = ({ history }: History): unknown =>
  defaultPayloadConverter.fromPayload(
    history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0] ?? {},
  );

describe('old histories replay', () => {
  it('has a recording of every workflow type', () => {
    const recorded = new Set(recordedHistories().map(({ type }) => type));
    assert.deepEqual([...recorded].sort(), Object.keys(workflows).sort());
  });

  it('has recordings of the runs that are easiest to break', () => {
    const has = (type: string, ...attributes: string[]) =>
      recordedHistories().some((recording) => {
        const types = eventTypes(recording);
        return recording.type === type && attributes.every((name) => types.has(name));
      });
    assert.ok(
      has('conversationWorkflow', 'workflowExecutionContinuedAsNewEventAttributes'),
      'a continued conversation',
    );
    assert.ok(has('enrichmentWorkflow', 'timerFiredEventAttributes'), 'an enrichment that was deferred');
    assert.ok(
      has(
        'enrichmentWorkflow',
        'workflowExecutionSignaledEventAttributes',
        'upsertWorkflowSearchAttributesEventAttributes',
      ),
      'a document that waited for its webhook and says how it ended',
    );
    assert.ok(
      recordedHistories().some(
        (recording) =>
          recording.type === 'enrichmentWorkflow' &&
          !eventTypes(recording).has('upsertWorkflowSearchAttributesEventAttributes') &&
          JSON.stringify(inputOf(recording)).includes('"mediaKind"'),
      ),
      'an enrichment with nothing to add to what its start said',
    );
    assert.ok(has('turnWorkflow', 'activityTaskFailedEventAttributes'), 'a turn whose model failed');
    for (const type of ['turnWorkflow', 'enrichmentWorkflow'])
      assert.ok(has(type, 'markerRecordedEventAttributes'), `a ${type} with steps inside its workflow tasks`);
  });

  it('replays every recording with the code as it is now', async () => {
    const all = recordedHistories();
    const { replayed, failures } = await replay(await testWorkflowBundle(), all);
    assert.deepEqual(failures, []);
    assert.equal(replayed, all.length);
  });
});

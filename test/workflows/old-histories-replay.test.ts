import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { temporal } from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { projectRoot } from '../../core/project-root';
import * as workflows from '../../workflows';
import { testWorkflowBundle } from '../support/temporal';

const FOLDER = path.join(projectRoot(), 'test/histories');

interface Recording {
  type: string;
  workflowId: string;
  history: temporal.api.history.v1.IHistory;
}

/** Written by record-histories.ts. */
function recordings(): Recording[] {
  return readdirSync(FOLDER).map((file) => {
    const history = temporal.api.history.v1.History.decode(gunzipSync(readFileSync(path.join(FOLDER, file))));
    const started = history.events[0]?.workflowExecutionStartedEventAttributes;
    return { history, workflowId: started?.workflowId ?? file, type: started?.workflowType?.name ?? '' };
  });
}

const eventTypes = ({ history }: Recording): Set<string> =>
  new Set(
    history.events?.flatMap((event) =>
      Object.entries(event).flatMap(([name, value]) => (name.endsWith('EventAttributes') && value ? [name] : [])),
    ),
  );

describe('old histories replay', () => {
  it('has a recording of every workflow type', () => {
    const recorded = new Set(recordings().map(({ type }) => type));
    assert.deepEqual([...recorded].sort(), Object.keys(workflows).sort());
  });

  it('has recordings of the runs that are easiest to break', () => {
    const has = (type: string, ...attributes: string[]) =>
      recordings().some((recording) => {
        const types = eventTypes(recording);
        return recording.type === type && attributes.every((name) => types.has(name));
      });
    assert.ok(
      has('conversationWorkflow', 'workflowExecutionContinuedAsNewEventAttributes'),
      'a continued conversation',
    );
    assert.ok(has('enrichmentWorkflow', 'timerFiredEventAttributes'), 'an enrichment that was deferred');
    assert.ok(has('turnWorkflow', 'activityTaskFailedEventAttributes'), 'a turn whose model failed');
  });

  it('replays every recording with the code as it is now', async function () {
    this.timeout(120_000);
    const all = recordings();
    const histories = (async function* () {
      for (const { workflowId, history } of all) yield { workflowId, history };
    })();
    const results = Worker.runReplayHistories({ workflowBundle: await testWorkflowBundle() }, histories);
    const failures: string[] = [];
    let count = 0;
    for await (const { workflowId, error } of results) {
      count++;
      if (error) failures.push(`${workflowId}: ${error.message}`);
    }
    assert.deepEqual(failures, []);
    assert.equal(count, all.length);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { temporal } from '@temporalio/proto';
import { Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { projectRoot } from '../../core/project-root';

const FOLDER = path.join(projectRoot(), 'test/histories');

export interface History {
  type: string;
  workflowId: string;
  history: temporal.api.history.v1.IHistory;
}

/** Every history in test/histories, as record-histories.ts wrote it. */
export function recordedHistories(): History[] {
  return readdirSync(FOLDER).map((file) => {
    const history = temporal.api.history.v1.History.decode(gunzipSync(readFileSync(path.join(FOLDER, file))));
    const started = history.events[0]?.workflowExecutionStartedEventAttributes;
    return { history, workflowId: started?.workflowId ?? file, type: started?.workflowType?.name ?? '' };
  });
}

/** Replays histories with the workflow code of the bundle. Answers how many were replayed and what went wrong. */
export async function replay(
  workflowBundle: WorkflowBundleOption,
  all: readonly Pick<History, 'workflowId' | 'history'>[],
): Promise<{ replayed: number; failures: string[] }> {
  const histories = (async function* () {
    for (const { workflowId, history } of all) yield { workflowId, history };
  })();
  const failures: string[] = [];
  let replayed = 0;
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
    replayed++;
    if (error) failures.push(`${workflowId}: ${error.message}`);
  }
  return { replayed, failures };
}

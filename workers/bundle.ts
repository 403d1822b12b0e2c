import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { projectRoot } from '../core/project-root';

/** Where the build leaves the workflow code as Temporal's sandbox runs it. */
export const WORKFLOW_BUNDLE = path.join(projectRoot(), 'dist/workflow-bundle.js');

/** Bundling takes seconds, so it is part of the build and never of a start. */
export async function writeWorkflowBundle(): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: path.join(__dirname, '../workflows/index.js'),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error },
  });
  writeFileSync(WORKFLOW_BUNDLE, code);
}

if (require.main === module) {
  writeWorkflowBundle().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}

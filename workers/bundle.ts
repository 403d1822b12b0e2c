import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { projectRoot } from '../core/project-root';

const WORKFLOW_BUNDLE = path.join(projectRoot(), 'dist/workflow-bundle.js');

const WORKFLOW_INTERCEPTORS = path.join(__dirname, '../workflows/interceptors.js');

/**
 * What belongs to a bundle wherever one is made. Its modules hold no state of their own, so they are run once and not for each
 * workflow, which is half of what starting one costs.
 */
export function bundleOf(workflowsPath: string) {
  return {
    workflowsPath,
    workflowInterceptorModules: [WORKFLOW_INTERCEPTORS],
    preloadModules: [workflowsPath, WORKFLOW_INTERCEPTORS],
  };
}

/** Bundling takes seconds, so it is part of the build and never of a start. */
export async function writeWorkflowBundle(): Promise<void> {
  const { code } = await bundleWorkflowCode({
    ...bundleOf(path.join(__dirname, '../workflows/index.js')),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error },
  });
  writeFileSync(WORKFLOW_BUNDLE, code);
}

/** Where the build left the workflow code as Temporal's sandbox runs it. */
export function requireWorkflowBundle(): string {
  if (existsSync(WORKFLOW_BUNDLE)) return WORKFLOW_BUNDLE;
  throw new Error(`${WORKFLOW_BUNDLE} is missing; run "npm run build" first`);
}

if (require.main === module) {
  writeWorkflowBundle().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}

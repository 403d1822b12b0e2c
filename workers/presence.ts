import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { WorkflowPresence } from '../core/enrichment/lost';
import { asUnavailable } from './temporal-failures';

const TIMEOUT_MS = 5_000;

/** Of the newest run of the workflow with this id. @throws AppError WORKFLOWS_UNAVAILABLE */
export async function presenceOf(client: Client, workflowId: string): Promise<WorkflowPresence> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    const { status } = await client.withDeadline(Date.now() + TIMEOUT_MS, () => handle.describe());
    return status.name === 'RUNNING' ? 'running' : 'ended';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'absent';
    throw asUnavailable(error);
  }
}

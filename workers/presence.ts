import { isGrpcServiceError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { WorkflowPresence } from '../core/enrichment/lost';
import { AppError, errorMessage } from '../core/errors';

const TIMEOUT_MS = 5_000;

/** Of the newest run of the workflow with this id. @throws AppError WORKFLOWS_UNAVAILABLE */
export async function presenceOf(client: Client, workflowId: string): Promise<WorkflowPresence> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    const { status } = await client.withDeadline(Date.now() + TIMEOUT_MS, () => handle.describe());
    return status.name === 'RUNNING' ? 'running' : 'ended';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'absent';
    if (!isGrpcServiceError(error) && !(error instanceof Error && isGrpcServiceError(error.cause))) throw error;
    throw new AppError('WORKFLOWS_UNAVAILABLE', `Temporal does not answer: ${errorMessage(error)}`, { cause: error });
  }
}

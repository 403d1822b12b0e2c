import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild, WorkflowIdReusePolicy } from '@temporalio/workflow';
import { embeddingWorkflowId } from '../embedding/ids';
import { embedMessagesWorkflow } from '../embedding/workflow';
import { factsWorkflowId } from '../facts/ids';
import { extractFactsWorkflow } from '../facts/workflow';
import { searchAttributes } from './search-attributes';

export interface Remembered {
  tenantId: string;
  contactId: string;
  messageIds: string[];
  /** The turn; or the message itself, when its medium was read after every turn. */
  batchId: string;
  /** The reply of this turn is remembered with its messages. */
  turnId?: string;
}

/** Starts what makes messages searchable and finds facts in them. Memory delays nobody: both go on by themselves. */
export async function remember({ tenantId, contactId, messageIds, batchId, turnId }: Remembered): Promise<void> {
  const common = {
    parentClosePolicy: ParentClosePolicy.ABANDON,
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
  };
  await startOnce(() =>
    startChild(embedMessagesWorkflow, {
      ...common,
      workflowId: embeddingWorkflowId({ tenantId, batchId }),
      args: [{ tenantId, messageIds, turnId }],
      typedSearchAttributes: searchAttributes({ tenantId, kind: 'embedding', contactId }),
    }),
  );
  // Messages that an earlier turn had are remembered already.
  if (messageIds.length === 0) return;
  await startOnce(() =>
    startChild(extractFactsWorkflow, {
      ...common,
      workflowId: factsWorkflowId({ tenantId, turnId: batchId }),
      args: [{ tenantId, messageIds }],
      typedSearchAttributes: searchAttributes({ tenantId, kind: 'facts', contactId }),
    }),
  );
}

/** False when a workflow with this id was started before. */
export async function startOnce(start: () => Promise<unknown>): Promise<boolean> {
  try {
    await start();
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy, type Client } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import { workflowPriority } from '../workflows/shared/priority';
import { QUEUES } from '../workflows/shared/queues';
import { searchAttributes, type WorkflowKind } from '../workflows/shared/search-attributes';

interface Start {
  input: { tenantId: string };
  kind: WorkflowKind;
  contactId?: string | null | undefined;
  mediaKind?: string | undefined;
  /** As in `workflowPriority`. */
  priorityKey?: number;
}

/** Starts a workflow that runs once ever for what it is named after, however often this is called. */
export async function startOnce(
  client: Client,
  type: string,
  workflowId: string,
  { input, kind, contactId, mediaKind, priorityKey }: Start,
): Promise<void> {
  const { tenantId } = input;
  await client.workflow.start(type, {
    workflowId,
    taskQueue: QUEUES.workflows,
    args: [input],
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    typedSearchAttributes: searchAttributes({ tenantId, kind, contactId, mediaKind }),
    priority: workflowPriority({ tenantId, priorityKey }),
  });
}

/** A workflow that is not running reads from the database, when it starts, what the signal would have told it. */
export async function signalIfRunning<Args extends unknown[]>(
  client: Client,
  workflowId: string,
  signal: SignalDefinition<Args>,
  args: Args,
): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId).signal(signal, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.name === 'WorkflowNotFoundError')) throw error;
  }
}

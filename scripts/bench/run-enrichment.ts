import type { Client, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { enrichmentWorkflowId } from '../../workflows/enrichment/ids';
import type { EnrichmentInput, EnrichmentOutcome } from '../../workflows/enrichment/types';
import type { enrichmentWorkflow } from '../../workflows/enrichment/workflow';
import { workflowPriority } from '../../workflows/shared/priority';
import { QUEUES } from '../../workflows/shared/queues';

interface EnrichmentRef {
  tenantId: string;
  enrichmentId: string;
}

/** Starts an enrichment whose row is there, of no message, with the priority that the product gives. */
export function startEnrichment(
  client: Client,
  { tenantId, enrichmentId }: EnrichmentRef,
): Promise<WorkflowHandleWithFirstExecutionRunId<typeof enrichmentWorkflow>> {
  const input: EnrichmentInput = { tenantId, enrichmentId, messageId: null, conversation: null, isRemembered: false };
  return client.workflow.start<typeof enrichmentWorkflow>('enrichmentWorkflow', {
    workflowId: enrichmentWorkflowId({ tenantId, subjectId: enrichmentId }),
    taskQueue: QUEUES.workflows,
    args: [input],
    priority: workflowPriority({ tenantId }),
  });
}

/** From start to result. */
export async function executeEnrichment(client: Client, ref: EnrichmentRef): Promise<EnrichmentOutcome> {
  const handle = await startEnrichment(client, ref);
  return handle.result();
}

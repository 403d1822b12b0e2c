import type { Client, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { enrichmentWorkflowId } from '../../workflows/enrichment/ids';
import type { EnrichmentInput, EnrichmentOutcome } from '../../workflows/enrichment/types';
import type { enrichmentWorkflow } from '../../workflows/enrichment/workflow';
import { workflowPriority } from '../../workflows/shared/priority';
import { QUEUES } from '../../workflows/shared/queues';
import { searchAttributes } from '../../workflows/shared/search-attributes';

interface EnrichmentRef {
  tenantId: string;
  enrichmentId: string;
  /** As its row says it. */
  mediaKind: string;
}

/** Starts an enrichment whose row is there, of no message, with the search attributes and the priority that the product gives. */
export function startEnrichment(
  client: Client,
  { tenantId, enrichmentId, mediaKind }: EnrichmentRef,
): Promise<WorkflowHandleWithFirstExecutionRunId<typeof enrichmentWorkflow>> {
  const input: EnrichmentInput = {
    tenantId,
    enrichmentId,
    messageId: null,
    mediaKind,
    conversation: null,
    isRemembered: false,
    atOnce: true,
  };
  return client.workflow.start<typeof enrichmentWorkflow>('enrichmentWorkflow', {
    workflowId: enrichmentWorkflowId({ tenantId, subjectId: enrichmentId }),
    taskQueue: QUEUES.workflows,
    args: [input],
    typedSearchAttributes: searchAttributes({ tenantId, kind: 'enrichment', mediaKind }),
    priority: workflowPriority({ tenantId }),
  });
}

/** From start to result. */
export async function executeEnrichment(client: Client, ref: EnrichmentRef): Promise<EnrichmentOutcome> {
  const handle = await startEnrichment(client, ref);
  return handle.result();
}

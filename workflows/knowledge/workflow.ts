import { ApplicationFailure, ChildWorkflowFailure, executeChild, proxyActivities } from '@temporalio/workflow';
import type { KnowledgeActivities } from '../../activities/knowledge';
import { enrichmentWorkflowId } from '../enrichment/ids';
import { enrichmentWorkflow } from '../enrichment/workflow';
import { DATABASE_ACTIVITY, providerActivity, QUEUES } from '../shared/queues';
import { searchAttributes } from '../shared/search-attributes';
import { waitForActivity } from '../shared/wait-for-provider';
import type { KnowledgeDocumentInput } from './types';

/** Two thousand passages at the rate of a provider that asks us to slow down. */
const EMBEDDING_MS = 30 * 60_000;
const bulk = proxyActivities<KnowledgeActivities>(providerActivity(QUEUES.bulk, EMBEDDING_MS));
const database = proxyActivities<KnowledgeActivities>(DATABASE_ACTIVITY);

/** A document of the company becomes text, then passages that its agents find. Providers that are down are waited for. */
export async function knowledgeDocumentWorkflow(input: KnowledgeDocumentInput): Promise<{ passages: number }> {
  const ref = { tenantId: input.tenantId, documentId: input.documentId };
  try {
    await readDocument(input);
    const passages = await waitForActivity(() => bulk.embedDocument(ref));
    await database.finishDocument(ref);
    return { passages: passages ?? 0 };
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    await database.finishDocument({ ...ref, errorCode: error.type ?? 'INTERNAL_ERROR' });
    throw error;
  }
}

/** Why it could not be read is on its row, where embedding finds it. */
async function readDocument({ tenantId, enrichmentId }: KnowledgeDocumentInput): Promise<void> {
  if (enrichmentId === null) return;
  // Of a file that turns out to be something else, the enrichment says so itself.
  const mediaKind = 'document';
  try {
    await executeChild(enrichmentWorkflow, {
      workflowId: enrichmentWorkflowId({ tenantId, subjectId: enrichmentId }),
      args: [
        { tenantId, enrichmentId, messageId: null, mediaKind, conversation: null, isRemembered: false, atOnce: true },
      ],
      typedSearchAttributes: searchAttributes({ tenantId, kind: 'enrichment', mediaKind }),
    });
  } catch (error) {
    // It ends so when the document was deleted under it.
    if (!(error instanceof ChildWorkflowFailure)) throw error;
  }
}

import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  type Client,
} from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import type { ConversationKey } from '../core/conversation/types';
import { AppError, errorMessage, isAppError } from '../core/errors';
import { WORKFLOW_EVENTS } from '../core/outbox/events';
import type { ClaimedEvent } from '../core/outbox/repository';
import { agentRunWorkflowId } from '../workflows/agent-run/ids';
import type { AgentRunInput } from '../workflows/agent-run/types';
import { conversationWorkflowId } from '../workflows/conversation/ids';
import { handlerChanged, messageReceived } from '../workflows/conversation/messages';
import type { ConversationInput } from '../workflows/conversation/types';
import { embeddingWorkflowId } from '../workflows/embedding/ids';
import type { EmbedMessagesInput } from '../workflows/embedding/types';
import { enrichmentWorkflowId } from '../workflows/enrichment/ids';
import { documentParsed, giveUp, retryNow } from '../workflows/enrichment/messages';
import type { EnrichmentInput } from '../workflows/enrichment/types';
import { followUpWorkflowId } from '../workflows/follow-up/ids';
import { followUpChanged } from '../workflows/follow-up/messages';
import type { FollowUpInput } from '../workflows/follow-up/types';
import { forgettingWorkflowId } from '../workflows/forgetting/ids';
import type { ForgetContactInput } from '../workflows/forgetting/types';
import { handoverWorkflowId } from '../workflows/handover/ids';
import type { HandoverInput } from '../workflows/handover/types';
import { historyImportWorkflowId } from '../workflows/history-import/ids';
import type { HistoryImportInput } from '../workflows/history-import/types';
import { knowledgeWorkflowId } from '../workflows/knowledge/ids';
import type { KnowledgeDocumentInput } from '../workflows/knowledge/types';
import { graphProjectionWorkflowId } from '../workflows/graph-projection/ids';
import type { GraphProjectionInput } from '../workflows/graph-projection/types';
import { reembeddingWorkflowId } from '../workflows/reembedding/ids';
import type { ReembeddingInput } from '../workflows/reembedding/types';
import { sendingWorkflowId } from '../workflows/sending/ids';
import type { SendingInput } from '../workflows/sending/types';
import { sessionSummaryWorkflowId } from '../workflows/session-summary/ids';
import type { SessionSummaryInput } from '../workflows/session-summary/types';
import { QUEUES } from '../workflows/shared/queues';
import { workflowPriority } from '../workflows/shared/priority';
import { searchAttributes } from '../workflows/shared/search-attributes';
import { turnWorkflowId } from '../workflows/turn/ids';
import { approvalResolved } from '../workflows/turn/messages';
import { eventData, readEventData } from './event-data';
import { signalIfRunning, startOnce } from './start-or-signal';

/**
 * Without a limit, one call to a server that is gone waits through the client's own retries, and to one that hangs for
 * ever; the relay has its own patience. Well below the time after which a claim counts as abandoned.
 */
const DELIVERY_TIMEOUT_MS = 5_000;

/** gRPC codes by which the server says no for good; everything else is worth another try. */
const INVALID_ARGUMENT = 3;

/**
 * Turns an outbox event into a workflow start or signal. Every delivery is idempotent: workflows are named after what they
 * are about, and a message is in one turn whatever is signalled twice.
 *
 * @throws AppError WORKFLOWS_UNAVAILABLE (transient), VALIDATION_ERROR for an event that cannot be understood,
 * INTERNAL_ERROR for one the server refuses or the client cannot send
 */
export function createDelivery(client: Client): (event: ClaimedEvent) => Promise<void> {
  return async (event) => {
    try {
      await client.withDeadline(Date.now() + DELIVERY_TIMEOUT_MS, () => deliver(client, event));
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return;
      if (isAppError(error)) throw error;
      // A TypeError is ours: the same event would meet it again for ever.
      if (grpcCode(error) === INVALID_ARGUMENT || error instanceof TypeError)
        throw new AppError('INTERNAL_ERROR', errorMessage(error), { cause: error });
      throw new AppError('WORKFLOWS_UNAVAILABLE', `Temporal did not take ${event.eventType}: ${errorMessage(error)}`, {
        cause: error,
      });
    }
  };
}

async function deliver(client: Client, { tenantId, aggregateId, eventType, data }: ClaimedEvent): Promise<void> {
  switch (eventType) {
    case WORKFLOW_EVENTS.messageCreated: {
      const { conversation, message } = readEventData(eventData.messageCreated, data);
      await signalConversation(client, conversation, messageReceived, message);
      return;
    }
    case WORKFLOW_EVENTS.handlerChanged: {
      const { conversation, handler, unanswered } = readEventData(eventData.handlerChanged, data);
      const workflowId = conversationWorkflowId(conversation);
      if (unanswered) await signalConversation(client, conversation, handlerChanged, { handler, unanswered });
      else await signalIfRunning(client, workflowId, handlerChanged, [{ handler }]);
      return;
    }
    case WORKFLOW_EVENTS.personAwaited: {
      const { conversationId, contactId, handlerVersion } = readEventData(eventData.personAwaited, data);
      const input: HandoverInput = { tenantId, conversationId, handlerVersion };
      await startOnce(client, 'handoverWorkflow', handoverWorkflowId(input), { input, kind: 'handover', contactId });
      return;
    }
    case WORKFLOW_EVENTS.sendRequested: {
      const { messageId, contactId } = readEventData(eventData.sendRequested, data);
      const input: SendingInput = { tenantId, messageId };
      await startOnce(client, 'sendingWorkflow', sendingWorkflowId(input), { input, kind: 'sending', contactId });
      return;
    }
    case WORKFLOW_EVENTS.followUpScheduled: {
      const { followUpId, contactId } = readEventData(eventData.followUp, data);
      const input: FollowUpInput = { tenantId, followUpId };
      await startOnce(client, 'followUpWorkflow', followUpWorkflowId(input), { input, kind: 'follow-up', contactId });
      return;
    }
    case WORKFLOW_EVENTS.followUpChanged: {
      const { followUpId } = readEventData(eventData.followUp, data);
      await signalIfRunning(client, followUpWorkflowId({ tenantId, followUpId }), followUpChanged, []);
      return;
    }
    case WORKFLOW_EVENTS.historyImportRequested: {
      const { importId, kind, wantsFacts } = readEventData(eventData.historyImportRequested, data);
      const input: HistoryImportInput = { tenantId, importId, kind, ...(wantsFacts ? { wantsFacts } : {}) };
      await startOnce(client, 'historyImportWorkflow', historyImportWorkflowId(input), {
        input,
        kind: 'history-import',
        priorityKey: 5,
      });
      return;
    }
    case WORKFLOW_EVENTS.sessionEnded: {
      const { contactId } = readEventData(eventData.sessionEnded, data);
      const input: SessionSummaryInput = { tenantId, sessionId: aggregateId };
      await startOnce(client, 'sessionSummaryWorkflow', sessionSummaryWorkflowId(input), {
        input,
        kind: 'session-summary',
        contactId,
        priorityKey: 4,
      });
      return;
    }
    case WORKFLOW_EVENTS.noteAdded:
    case WORKFLOW_EVENTS.noteUpdated:
    case WORKFLOW_EVENTS.notePinned: {
      const { contactId } = readEventData(eventData.noteWritten, data);
      const input: EmbedMessagesInput = { tenantId, messageIds: [], noteId: aggregateId };
      await client.workflow.start('embedMessagesWorkflow', {
        workflowId: embeddingWorkflowId({ tenantId, batchId: aggregateId }),
        taskQueue: QUEUES.workflows,
        args: [input],
        // The note may say something else now than when an earlier run read it.
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.TERMINATE_EXISTING,
        typedSearchAttributes: searchAttributes({ tenantId, kind: 'embedding', contactId }),
        priority: workflowPriority({ tenantId, priorityKey: 4 }),
      });
      return;
    }
    case WORKFLOW_EVENTS.reembeddingRequested: {
      const { reembeddingId } = readEventData(eventData.reembeddingRequested, data);
      const input: ReembeddingInput = { tenantId, reembeddingId };
      await startOnce(client, 'reembeddingWorkflow', reembeddingWorkflowId(input), {
        input,
        kind: 'reembedding',
        priorityKey: 5,
      });
      return;
    }
    case WORKFLOW_EVENTS.graphProjectionRequested: {
      const { projectionId } = readEventData(eventData.graphProjectionRequested, data);
      const input: GraphProjectionInput = { tenantId, projectionId };
      await startOnce(client, 'graphProjectionWorkflow', graphProjectionWorkflowId(input), {
        input,
        kind: 'graph-projection',
        priorityKey: 5,
      });
      return;
    }
    case WORKFLOW_EVENTS.erasureRequested: {
      const { erasureId } = readEventData(eventData.erasureRequested, data);
      const input: ForgetContactInput = { tenantId, erasureId };
      // Without the contact, or it would delete its own history.
      await startOnce(client, 'forgetContactWorkflow', forgettingWorkflowId(input), { input, kind: 'forgetting' });
      return;
    }
    case WORKFLOW_EVENTS.knowledgeDocumentCreated: {
      const { documentId, enrichmentId } = readEventData(eventData.knowledgeDocumentCreated, data);
      const input: KnowledgeDocumentInput = { tenantId, documentId, enrichmentId };
      await startOnce(client, 'knowledgeDocumentWorkflow', knowledgeWorkflowId(input), {
        input,
        kind: 'knowledge',
        priorityKey: 5,
      });
      return;
    }
    case WORKFLOW_EVENTS.enrichmentRequested: {
      const { enrichmentId, subjectId, mediaKind } = readEventData(eventData.enrichmentRequested, data);
      const input: EnrichmentInput = {
        tenantId,
        enrichmentId,
        messageId: null,
        mediaKind,
        conversation: null,
        isRemembered: false,
        atOnce: true,
      };
      await startOnce(client, 'enrichmentWorkflow', enrichmentWorkflowId({ tenantId, subjectId }), {
        input,
        kind: 'enrichment',
        mediaKind,
      });
      return;
    }
    case WORKFLOW_EVENTS.enrichmentRetryRequested: {
      const { enrichmentId, messageId, mediaKind, conversation, isRemembered } = readEventData(
        eventData.enrichmentRetryRequested,
        data,
      );
      const input: EnrichmentInput = {
        tenantId,
        enrichmentId,
        messageId,
        mediaKind,
        conversation,
        isRemembered,
        atOnce: true,
      };
      await client.workflow.signalWithStart('enrichmentWorkflow', {
        workflowId: enrichmentWorkflowId({ tenantId, subjectId: messageId ?? enrichmentId }),
        taskQueue: QUEUES.workflows,
        args: [input],
        signal: retryNow,
        signalArgs: [],
        // One that failed has ended; this time it is meant to run again.
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        typedSearchAttributes: searchAttributes({
          tenantId,
          kind: 'enrichment',
          mediaKind,
          ...(conversation ? { contactId: conversation.contactId } : {}),
        }),
        priority: workflowPriority({ tenantId }),
      });
      return;
    }
    case WORKFLOW_EVENTS.enrichmentGivenUp: {
      const { subjectId } = readEventData(eventData.enrichmentGivenUp, data);
      await signalIfRunning(client, enrichmentWorkflowId({ tenantId, subjectId }), giveUp, []);
      return;
    }
    case WORKFLOW_EVENTS.approvalResolved:
    case WORKFLOW_EVENTS.approvalCancelled: {
      const { approvalId, turnId } = readEventData(eventData.approvalResolved, data);
      await signalIfRunning(client, turnWorkflowId({ tenantId, turnId }), approvalResolved, [{ approvalId }]);
      return;
    }
    case WORKFLOW_EVENTS.agentRunRequested: {
      const { runId, contactId } = readEventData(eventData.agentRunRequested, data);
      const input: AgentRunInput = { tenantId, runId };
      await startOnce(client, 'agentRunWorkflow', agentRunWorkflowId(input), { input, kind: 'agent-run', contactId });
      return;
    }
    case WORKFLOW_EVENTS.documentParsed: {
      const { subjectId, jobId } = readEventData(eventData.documentParsed, data);
      await signalIfRunning(client, enrichmentWorkflowId({ tenantId, subjectId }), documentParsed, [{ jobId }]);
      return;
    }
  }
  // Other events are for subscribers outside; as long as there are none they are done.
}

/** Starts the workflow of a conversation that has none, with what it is told. */
async function signalConversation<Told>(
  client: Client,
  conversation: ConversationKey,
  signal: SignalDefinition<[Told]>,
  told: Told,
): Promise<void> {
  const { tenantId, contactId } = conversation;
  const input: ConversationInput = { ...conversation };
  await client.workflow.signalWithStart('conversationWorkflow', {
    workflowId: conversationWorkflowId(conversation),
    taskQueue: QUEUES.workflows,
    args: [input],
    signal,
    signalArgs: [told],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    typedSearchAttributes: searchAttributes({ tenantId, kind: 'conversation', contactId }),
    priority: workflowPriority({ tenantId }),
  });
}

function grpcCode(error: unknown): number | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  const code: unknown = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'number' ? code : undefined;
}

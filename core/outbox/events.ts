import { sqlFile, type Prisma, type Tx } from '../database';
import { newId } from '../ids';
import { currentContext } from '../observability/context';

/**
 * An event of the outbox: a fact about one aggregate, written in the transaction that made it true. The relay delivers
 * the events of one aggregate in order.
 */
export interface OutboxEvent {
  tenantId: string;
  aggregateType:
    | 'contact'
    | 'session'
    | 'conversation'
    | 'chat'
    | 'message'
    | 'enrichment'
    | 'channel'
    | 'project'
    | 'project_member'
    | 'pipeline'
    | 'note'
    | 'contact_list'
    | 'agent'
    | 'approval'
    | 'ticket'
    | 'follow_up'
    | 'document'
    | 'retention_offer'
    | 'budget'
    | 'memory_import'
    | 'knowledge_document'
    | 'dead_letter';
  aggregateId: string;
  /** A name of the domain's event list, for example `message.created`. */
  eventType: string;
  data: Prisma.InputJsonObject;
  category?: 'domain_event' | 'message_delivery';
  /** That of the work it is written in, unless given. */
  correlationId?: string;
}

/** Event types the relay turns into workflow starts and signals; all others are for later subscribers. */
export const WORKFLOW_EVENTS = {
  /** aggregate conversation, data {conversation: ConversationKey, message: ConversationMessage} */
  messageCreated: 'message.created',
  /** aggregate message, data {messageId} */
  sendRequested: 'message.send_requested',
  /** aggregate enrichment, data {enrichmentId, subjectId, mediaKind} */
  enrichmentRequested: 'message.enrichment.requested',
  /** aggregate memory_import, data {importId, kind} */
  historyImportRequested: 'channel.history_import.requested',
  /** aggregate session, data {sessionId, contactId} */
  sessionEnded: 'session.ended',
  /** aggregate note, data {noteId, contactId}; the three of them */
  noteAdded: 'note.added',
  noteUpdated: 'note.updated',
  notePinned: 'note.pinned',
  /** aggregate project, data {reembeddingId} */
  reembeddingRequested: 'memory.reembedding_requested',
  /** aggregate project, data {projectionId} */
  graphProjectionRequested: 'memory.graph_projection_requested',
  /** aggregate contact, data {erasureId, contactId, scope} */
  erasureRequested: 'memory.erasure_requested',
  /** aggregate enrichment, data {enrichmentId, messageId, mediaKind, conversation: ConversationKey or null, isRemembered} */
  enrichmentRetryRequested: 'message.enrichment.retry_requested',
  /** aggregate enrichment, data {subjectId} */
  enrichmentGivenUp: 'message.enrichment.given_up',
  /** aggregate enrichment, data {subjectId, jobId} */
  documentParsed: 'message.enrichment.document_parsed',
  /** aggregate knowledge_document, data {documentId, enrichmentId or null} */
  knowledgeDocumentCreated: 'knowledge_document.created',
  /** aggregate approval, data {approvalId, turnId} */
  approvalResolved: 'approval.resolved',
  /** aggregate approval, data {approvalId, turnId}: nobody need decide any more */
  approvalCancelled: 'approval.cancelled',
  /** aggregate agent, data {runId, agentId, contactId or null} */
  agentRunRequested: 'agent.run_requested',
  /** aggregate follow_up, data {followUpId, contactId} */
  followUpScheduled: 'follow_up.scheduled',
  /** aggregate follow_up, data {followUpId, contactId}: another time or text, or cancelled */
  followUpChanged: 'follow_up.changed',
  /** aggregate conversation, data {conversation: ConversationKey, handler} */
  handlerChanged: 'conversation.handler_changed',
  /** aggregate conversation, data {conversationId, contactId, handlerVersion} */
  personAwaited: 'conversation.person_awaited',
} as const;

/** The metadata of an event: it belongs to the request in whose work it was written. */
export function metadataOf({ correlationId = currentContext().correlationId }: Partial<OutboxEvent> = {}) {
  return correlationId === undefined ? {} : { correlation_id: correlationId };
}

/** Writes events in the caller's transaction. */
export async function appendEvents(tx: Tx, events: OutboxEvent[]): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event) => ({
    event_id: newId(),
    tenant_id: event.tenantId,
    aggregate_type: event.aggregateType,
    aggregate_id: event.aggregateId,
    event_type: event.eventType,
    event_data: event.data,
    category: event.category ?? 'domain_event',
    metadata: metadataOf(event),
  }));
  await tx.$executeRawUnsafe(sqlFile('core/outbox/sql/append.sql'), JSON.stringify(rows));
}

import { z } from 'zod';
import type { ConversationKey, ConversationMessage, Handler } from '../core/conversation/types';
import { DOUBLE_TEXT_POLICIES } from '../core/people/types';
import { AppError } from '../core/errors';

/** What the events that drive workflows carry. Loose, so that a newer version's fields reach the workflow. */
const conversationSchema: z.ZodType<ConversationKey> = z.looseObject({
  tenantId: z.uuid(),
  channelId: z.uuid(),
  contactId: z.uuid(),
});

const messageSchema: z.ZodType<ConversationMessage> = z.looseObject({
  messageId: z.uuid(),
  sessionId: z.uuid(),
  conversationId: z.uuid(),
  fromMe: z.boolean(),
  isGroup: z.boolean(),
  enrichmentId: z.uuid().nullable(),
  mediaKind: z.string().min(1).optional(),
  agentsEnabled: z.boolean(),
  debounceMs: z.number(),
  sessionTimeoutMs: z.number(),
  mediaWaitMs: z.number(),
  doubleText: z.enum(DOUBLE_TEXT_POLICIES).optional(),
  isRejected: z.boolean().optional(),
});

const handlerSchema: z.ZodType<Handler> = z.enum(['ai', 'waiting', 'human']);

export const eventData = {
  messageCreated: z.looseObject({ conversation: conversationSchema, message: messageSchema }),
  handlerChanged: z.looseObject({
    conversation: conversationSchema,
    handler: handlerSchema,
    unanswered: z.looseObject({ conversationId: z.uuid(), handlerVersion: z.number() }).optional(),
  }),
  personAwaited: z.looseObject({ conversationId: z.uuid(), contactId: z.uuid(), handlerVersion: z.number() }),
  sendRequested: z.looseObject({ messageId: z.uuid(), contactId: z.uuid() }),
  followUp: z.looseObject({ followUpId: z.uuid(), contactId: z.uuid() }),
  historyImportRequested: z.looseObject({
    importId: z.uuid(),
    kind: z.enum(['jsonl', 'waha']),
    wantsFacts: z.boolean().default(false),
  }),
  // Events of earlier versions name no contact.
  sessionEnded: z.looseObject({ contactId: z.uuid().optional() }),
  noteWritten: z.looseObject({ contactId: z.uuid() }),
  reembeddingRequested: z.looseObject({ reembeddingId: z.uuid() }),
  graphProjectionRequested: z.looseObject({ projectionId: z.uuid() }),
  erasureRequested: z.looseObject({ erasureId: z.uuid() }),
  enrichmentRequested: z.looseObject({
    enrichmentId: z.uuid(),
    subjectId: z.string().min(1),
    // Events of earlier versions do not say it.
    mediaKind: z.string().min(1).optional(),
  }),
  enrichmentRetryRequested: z.looseObject({
    enrichmentId: z.uuid(),
    messageId: z.uuid().nullable(),
    conversation: conversationSchema.nullable(),
    isRemembered: z.boolean(),
    mediaKind: z.string().min(1).optional(),
  }),
  knowledgeDocumentCreated: z.looseObject({ documentId: z.uuid(), enrichmentId: z.uuid().nullable() }),
  approvalResolved: z.looseObject({ approvalId: z.uuid(), turnId: z.uuid() }),
  agentRunRequested: z.looseObject({ runId: z.uuid(), contactId: z.uuid().nullable() }),
  enrichmentGivenUp: z.looseObject({ subjectId: z.string().min(1) }),
  documentParsed: z.looseObject({ subjectId: z.string().min(1), jobId: z.string().min(1) }),
};

/** @throws AppError VALIDATION_ERROR naming the fields that are wrong, never their values. */
export function readEventData<T>(schema: z.ZodType<T>, data: unknown): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const faults = result.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.') || 'data'}: ${message}`);
  throw new AppError('VALIDATION_ERROR', `the event's data cannot be understood (${faults.join('; ')})`);
}

import type { HandOverReason } from '../agents/types';
import { sqlFile, type Tx } from '../database';
import type { DoubleTextPolicy } from '../people/types';
import type { ConversationMessage } from './types';

/** What of a long silence one turn answers: the newest. It keeps what a workflow is told of them far below 64 kB. */
const MAX_UNANSWERED = 100;

/** An agent that wanted a person has said all it had to say; one that could not answer owes an answer. */
const COULD_NOT_ANSWER: readonly HandOverReason[] = [
  'model_unavailable',
  'tool_limit',
  'empty_reply',
  'internal_error',
  'budget_exceeded',
  'unfounded_reply',
];

interface UnansweredRow extends Pick<
  ConversationMessage,
  'messageId' | 'sessionId' | 'conversationId' | 'enrichmentId' | 'agentsEnabled' | 'debounceMs' | 'sessionTimeoutMs'
> {
  mediaKind: string;
  doubleText: DoubleTextPolicy | null;
}

/**
 * What the customer wrote in the open session of a conversation and neither a person nor an agent has answered, oldest first.
 * The text of a medium is waited for only where it is being made still.
 */
export async function unansweredMessages(
  tx: Tx,
  { tenantId, conversationId }: { tenantId: string; conversationId: string },
  { mediaWaitMs }: { mediaWaitMs: number },
): Promise<ConversationMessage[]> {
  const rows = await unansweredRows(tx, tenantId, conversationId);
  return rows.map(
    ({ messageId, sessionId, enrichmentId, mediaKind, agentsEnabled, debounceMs, sessionTimeoutMs, doubleText }) => ({
      messageId,
      sessionId,
      conversationId,
      fromMe: false,
      isGroup: false,
      enrichmentId,
      ...(enrichmentId === null ? {} : { mediaKind }),
      agentsEnabled,
      debounceMs,
      sessionTimeoutMs,
      mediaWaitMs,
      ...(doubleText === null ? {} : { doubleText }),
    }),
  );
}

/** The ids of them. */
export async function unansweredMessageIds(tx: Tx, tenantId: string, conversationId: string): Promise<string[]> {
  return (await unansweredRows(tx, tenantId, conversationId)).map(({ messageId }) => messageId);
}

function unansweredRows(tx: Tx, tenantId: string, conversationId: string): Promise<UnansweredRow[]> {
  const file = sqlFile('core/conversation/sql/unanswered-messages.sql');
  return tx.$queryRawUnsafe<UnansweredRow[]>(file, tenantId, conversationId, MAX_UNANSWERED, COULD_NOT_ANSWER);
}

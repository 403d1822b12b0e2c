import {
  allHandlersFinished,
  condition,
  continueAsNew,
  executeChild,
  isCancellation,
  log,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
  startChild,
  workflowInfo,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { ConversationActivities } from '../../activities/conversation';
import type { ConversationMessage } from '../../core/conversation/types';
import { embeddingWorkflowId } from '../embedding/ids';
import { embedMessagesWorkflow } from '../embedding/workflow';
import { enrichmentWorkflowId } from '../enrichment/ids';
import { enrichmentWorkflow } from '../enrichment/workflow';
import { factsWorkflowId } from '../facts/ids';
import { extractFactsWorkflow } from '../facts/workflow';
import { DATABASE_ACTIVITY } from '../shared/queues';
import { searchAttributes } from '../shared/search-attributes';
import { turnWorkflowId } from '../turn/ids';
import { turnWorkflow } from '../turn/workflow';
import { Mailbox } from './mailbox';
import { getState, handlerChanged, mediaSettled, messageReceived } from './messages';
import type { ConversationInput } from './types';

const database = proxyActivities<ConversationActivities>(DATABASE_ACTIVITY);

/** However fast somebody types, they get an answer after this. */
const DEBOUNCE_CEILING_MS = 5 * 60_000;
/** Before a first message has told the session's own timeout. */
const DEFAULT_SESSION_TIMEOUT_MS = 30 * 60_000;

/**
 * The life of one conversation: one contact on one channel. Messages come as signals; those that come close together are
 * answered by one turn. It ends with its session and starts again with the next message.
 */
export async function conversationWorkflow(input: ConversationInput): Promise<void> {
  const mailbox = new Mailbox(input.carried);
  setHandler(messageReceived, async (message) => {
    if (mailbox.receive(message)) await startEnrichment(input, message, mailbox);
  });
  setHandler(mediaSettled, (settled) => mailbox.settle(settled));
  setHandler(handlerChanged, ({ handler }) => void (mailbox.handler = handler));
  setHandler(getState, () => mailbox.state());

  let idleMs: number | null = null;
  for (;;) {
    const timeoutMs: number = idleMs ?? mailbox.session?.timeoutMs ?? DEFAULT_SESSION_TIMEOUT_MS;
    const hasWork = await condition(() => mailbox.hasWork(), timeoutMs);
    if (!hasWork) {
      idleMs = await endSession(input, mailbox);
      if (idleMs === 0) break;
      continue;
    }
    idleMs = null;
    if (mailbox.hasPending()) {
      await debounce(mailbox);
      await answer(input, mailbox, mailbox.takePending(), 'messages');
    }
    const late = mailbox.takeLate();
    if (late.length > 0) await answer(input, mailbox, late, 'late_media');
    if (isHistoryLong(input)) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof conversationWorkflow>({ ...input, carried: mailbox.carry() });
    }
  }
  await condition(allHandlersFinished);
}

function isHistoryLong({ historyEventLimit }: ConversationInput): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || (historyEventLimit !== undefined && historyLength >= historyEventLimit);
}

/** Waits until nobody wrote for the channel's debounce time and the media have their text, each within its bound. */
async function debounce(mailbox: Mailbox): Promise<void> {
  const startedAt = Date.now();
  const remainingMs = () => Math.max(0, DEBOUNCE_CEILING_MS - (Date.now() - startedAt));
  for (;;) {
    await quiet(mailbox, remainingMs);
    const arrivals = mailbox.arrivals;
    await condition(() => !mailbox.isWaitingForMedia() || mailbox.arrivals !== arrivals, mailbox.longestMediaWaitMs());
    if (mailbox.arrivals === arrivals || remainingMs() === 0) return;
  }
}

async function quiet(mailbox: Mailbox, remainingMs: () => number): Promise<void> {
  for (;;) {
    const arrivals = mailbox.arrivals;
    const waitMs = Math.min(mailbox.debounceMs(), remainingMs());
    if (waitMs === 0) return;
    const isInterrupted = await condition(() => mailbox.arrivals !== arrivals, waitMs);
    if (!isInterrupted) return;
  }
}

async function answer(
  input: ConversationInput,
  mailbox: Mailbox,
  messages: ConversationMessage[],
  kind: 'messages' | 'late_media',
): Promise<void> {
  const { tenantId, contactId } = input;
  const [first] = messages;
  if (!first || !messages.some(isForMemory)) return;
  const turn = await database.openTurn({
    tenantId,
    conversationId: first.conversationId,
    messageIds: messages.filter(isForMemory).map(({ messageId }) => messageId),
    asksForReply: messages.some(isForAgent),
    kind,
  });
  if (!turn) return;
  mailbox.handler = turn.handler;
  if (turn.needsReply) {
    mailbox.runningTurnId = turn.turnId;
    await runTurn(input, turn.turnId);
    mailbox.runningTurnId = null;
    mailbox.turnsDone++;
  }
  await remember({ tenantId, contactId, turnId: turn.turnId, messageIds: turn.messageIds });
}

/** Groups and channels without agents are stored and their media read, nothing more. */
function isForMemory({ isGroup, agentsEnabled }: ConversationMessage): boolean {
  return !isGroup && agentsEnabled;
}

function isForAgent(message: ConversationMessage): boolean {
  return !message.fromMe && isForMemory(message);
}

/** The turn ends its own failures with a hand-over; one that fails all the same must not end the conversation. */
async function runTurn({ tenantId, contactId }: ConversationInput, turnId: string): Promise<void> {
  try {
    await executeChild(turnWorkflow, {
      workflowId: turnWorkflowId({ tenantId, turnId }),
      args: [{ tenantId, turnId, contactId }],
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      typedSearchAttributes: searchAttributes({ tenantId, kind: 'turn', contactId }),
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
    if (error instanceof WorkflowExecutionAlreadyStartedError) return;
    log.error('turn failed', { turnId });
    await database.failTurn({ tenantId, turnId });
  }
}

/** Memory never delays the conversation: both go on by themselves. */
async function remember(of: {
  tenantId: string;
  contactId: string;
  turnId: string;
  messageIds: string[];
}): Promise<void> {
  const { tenantId, contactId, turnId, messageIds } = of;
  const common = {
    parentClosePolicy: ParentClosePolicy.ABANDON,
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
  };
  await startOnce(() =>
    startChild(embedMessagesWorkflow, {
      ...common,
      workflowId: embeddingWorkflowId({ tenantId, batchId: turnId }),
      args: [{ tenantId, messageIds, turnId }],
      typedSearchAttributes: searchAttributes({ tenantId, kind: 'embedding', contactId }),
    }),
  );
  await startOnce(() =>
    startChild(extractFactsWorkflow, {
      ...common,
      workflowId: factsWorkflowId({ tenantId, turnId }),
      args: [{ tenantId, messageIds }],
      typedSearchAttributes: searchAttributes({ tenantId, kind: 'facts', contactId }),
    }),
  );
}

async function startEnrichment(
  input: ConversationInput,
  message: ConversationMessage,
  mailbox: Mailbox,
): Promise<void> {
  const { tenantId, channelId, contactId } = input;
  const { enrichmentId, messageId } = message;
  if (!enrichmentId) return;
  const isStarted = await startOnce(() =>
    startChild(enrichmentWorkflow, {
      workflowId: enrichmentWorkflowId({ tenantId, subjectId: messageId }),
      args: [
        {
          tenantId,
          enrichmentId,
          messageId,
          isRemembered: isForMemory(message),
          conversation: { tenantId, channelId, contactId },
        },
      ],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      typedSearchAttributes: searchAttributes({ tenantId, kind: 'enrichment', contactId }),
    }),
  );
  // It ran for an earlier copy of this signal and told whoever was there then; waiting for it again would be in vain.
  if (!isStarted) mailbox.settle({ messageId, hasText: false });
}

/** False when a workflow with this id was started before. */
async function startOnce(start: () => Promise<unknown>): Promise<boolean> {
  try {
    await start();
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

/**
 * Ends the session if the database agrees that its time is up.
 *
 * @returns how much longer to wait, or 0 when the conversation is over.
 */
async function endSession({ tenantId }: ConversationInput, mailbox: Mailbox): Promise<number> {
  const { session } = mailbox;
  if (!session) return 0;
  const { remainingMs } = await database.endSession({ tenantId, ...session });
  // A message that came in this very moment is answered first.
  return mailbox.hasWork() ? session.timeoutMs : remainingMs;
}

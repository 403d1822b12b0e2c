import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ActivityFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  executeChild,
  isCancellation,
  log,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
  sleep,
  startChild,
  workflowInfo,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import type { ConversationActivities } from '../../activities/conversation';
import type { OpenTurnRequest } from '../../core/conversation/turns';
import type { ConversationMessage } from '../../core/conversation/types';
import { enrichmentWorkflowId } from '../enrichment/ids';
import { enrichmentWorkflow } from '../enrichment/workflow';
import { DATABASE_ACTIVITY } from '../shared/queues';
import { remember, startOnce } from '../shared/remember';
import { searchAttributes } from '../shared/search-attributes';
import { turnWorkflowId } from '../turn/ids';
import { turnWorkflow } from '../turn/workflow';
import { debounce } from './debounce';
import { runInterruptibly } from './interruption';
import { Mailbox } from './mailbox';
import { getState, handlerChanged, mediaSettled, messageReceived } from './messages';
import type { ConversationInput } from './types';

const database = proxyActivities<ConversationActivities>(DATABASE_ACTIVITY);

/** Before a first message has told the session's own timeout. */
const DEFAULT_SESSION_TIMEOUT_MS = 30 * 60_000;
/** Between tries to open a turn that the database refused for a day: nothing is dropped, and nobody is flooded. */
const REFUSED_TURN_WAIT = '5m';

/**
 * The life of one conversation: one contact on one channel. Messages come as signals; those that come close together are
 * answered by one turn. It ends with its sessions and starts again with the next message.
 */
export async function conversationWorkflow(input: ConversationInput): Promise<void> {
  const mailbox = new Mailbox(input.carried);
  setHandler(messageReceived, async (message) => {
    if (mailbox.receive(message)) await startEnrichment(input, message, mailbox);
  });
  setHandler(mediaSettled, async ({ messageId, hasText, isRemembered }) => {
    const isKnown = mailbox.settle({ messageId, hasText });
    if (isKnown || !hasText || !isRemembered) return;
    const { tenantId, contactId } = input;
    await remember({ tenantId, contactId, messageIds: [messageId], batchId: messageId });
  });
  setHandler(handlerChanged, ({ handler, unanswered }) => mailbox.changeHandler(handler, unanswered ?? null));
  setHandler(getState, () => mailbox.state());

  let idleMs = longestTimeoutMs(mailbox);
  for (;;) {
    const hasWork = await condition(() => mailbox.hasWork(), idleMs);
    if (!hasWork) {
      idleMs = await endSessions(input, mailbox);
      if (idleMs === 0) break;
      continue;
    }
    const handedBack = mailbox.takeHandedBack();
    if (handedBack) mailbox.receiveBack(await database.handedBackMessages({ tenantId: input.tenantId, ...handedBack }));
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
    idleMs = longestTimeoutMs(mailbox);
  }
  await condition(allHandlersFinished);
}

function longestTimeoutMs(mailbox: Mailbox): number {
  const timeouts = mailbox.activeSessions().map(({ timeoutMs }) => timeoutMs);
  return timeouts.length > 0 ? Math.max(...timeouts) : DEFAULT_SESSION_TIMEOUT_MS;
}

function isHistoryLong({ historyEventLimit }: ConversationInput): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || (historyEventLimit !== undefined && historyLength >= historyEventLimit);
}

type TurnKind = 'messages' | 'late_media';

async function answer(
  input: ConversationInput,
  mailbox: Mailbox,
  messages: ConversationMessage[],
  kind: TurnKind,
): Promise<void> {
  const { tenantId, contactId } = input;
  const [first] = messages;
  if (!first || !messages.some(isForMemory)) return mailbox.opened();
  const back = kind === 'messages' ? messages.filter(({ handedBackAt }) => handedBackAt !== undefined) : [];
  let turn;
  try {
    turn = await database.openTurn({
      tenantId,
      conversationId: first.conversationId,
      messageIds: messages.filter(isForMemory).map(({ messageId }) => messageId),
      asksForReply: messages.some((message) => isForAgent(message) && !back.includes(message)),
      kind,
      ...handedBackOf(back),
    });
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    log.error('a turn could not be opened', { conversationId: first.conversationId });
    mailbox.putBack(messages, kind);
    await sleep(REFUSED_TURN_WAIT);
    return;
  }
  if (turn?.needsReply) mailbox.runningTurnId = turn.turnId;
  mailbox.opened();
  if (!turn) return;
  const { turnId, messageIds } = turn;
  mailbox.handler = turn.handler;
  if (turn.needsReply) {
    const run = () => runTurn(input, turnId);
    const isInterruptible = messages.some(({ doubleText }) => doubleText === 'interrupt');
    const isInterrupted = isInterruptible && (await runInterruptibly({ tenantId, turnId }, mailbox, run));
    if (!isInterruptible) await run();
    mailbox.runningTurnId = null;
    if (isInterrupted) return mailbox.putBack(messages, kind);
    mailbox.turnsDone++;
  }
  await remember({ tenantId, contactId, messageIds, batchId: turnId, turnId });
}

function handedBackOf(messages: ConversationMessage[]): Pick<OpenTurnRequest, 'handedBack'> {
  const back = messages.filter(isForAgent);
  if (back.length === 0) return {};
  const handlerVersion = Math.max(...back.map(({ handedBackAt }) => handedBackAt ?? 0));
  return { handedBack: { messageIds: back.map(({ messageId }) => messageId), handlerVersion } };
}

/** Groups and channels without agents are stored and their media read, nothing more. */
function isForMemory({ isGroup, agentsEnabled }: ConversationMessage): boolean {
  return !isGroup && agentsEnabled;
}

function isForAgent(message: ConversationMessage): boolean {
  return !message.fromMe && !message.isRejected && isForMemory(message);
}

/** The turn ends its own failures with a hand-over; one that fails all the same must not end the conversation. */
async function runTurn({ tenantId, contactId }: ConversationInput, turnId: string): Promise<void> {
  try {
    await executeChild(turnWorkflow, {
      workflowId: turnWorkflowId({ tenantId, turnId }),
      args: [{ tenantId, turnId, contactId, atOnce: true }],
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

async function startEnrichment(
  input: ConversationInput,
  message: ConversationMessage,
  mailbox: Mailbox,
): Promise<void> {
  const { tenantId, channelId, contactId } = input;
  const { enrichmentId, messageId, mediaKind } = message;
  if (!enrichmentId) return;
  const isStarted = await startOnce(() =>
    startChild(enrichmentWorkflow, {
      workflowId: enrichmentWorkflowId({ tenantId, subjectId: messageId }),
      args: [
        {
          tenantId,
          enrichmentId,
          messageId,
          mediaKind,
          isRemembered: isForMemory(message),
          conversation: { tenantId, channelId, contactId },
          atOnce: true,
        },
      ],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      typedSearchAttributes: searchAttributes({ tenantId, kind: 'enrichment', contactId, mediaKind }),
    }),
  );
  // It ran for an earlier copy of this signal and told whoever was there then; waiting for it again would be in vain.
  if (!isStarted) mailbox.settle({ messageId, hasText: false });
}

/**
 * Ends the sessions whose time is up, if the database agrees.
 *
 * @returns how much longer to wait for the others, or 0 when the conversation is over.
 */
async function endSessions({ tenantId }: ConversationInput, mailbox: Mailbox): Promise<number> {
  let waitMs = 0;
  for (const session of [...mailbox.activeSessions()]) {
    const { remainingMs } = await database.endSession({ tenantId, ...session });
    if (remainingMs === 0) mailbox.dropSession(session.sessionId);
    waitMs = Math.max(waitMs, remainingMs);
  }
  // What came in this very moment is answered first.
  return mailbox.hasWork() ? Math.max(waitMs, 1) : waitMs;
}

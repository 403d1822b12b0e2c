import { queueOutboundMessage } from '../conversation/outbound';
import { finishGroup, lockConversation } from '../conversation/turns';
import type { Tx } from '../database';
import type { AgentDeps } from './deps';
import { handOverFromTurn } from './hand-over';
import { CUSTOMER_MESSAGES } from './prompts';
import { loadSteps, type ModelOutput } from './steps';
import { answeringAgentId, loadTurnHead, type TurnHead } from './turn-context';
import type { HandOverReason, TurnRef } from './types';

/** Longest text WhatsApp takes (domain reference, section 2). */
const MAX_TEXT = 4096;

type Outcome = 'replied' | 'handed_over' | 'silenced' | 'failed' | 'interrupted';

/**
 * Writes the model's last answer as the one reply of the turn, if nobody else took the conversation meanwhile: the fence
 * is read under the lock that a hand-over takes, in the transaction that queues the message. Idempotent.
 */
export function writeReply(deps: AgentDeps, turn: TurnRef): Promise<Outcome> {
  return deps.db.withTenant(turn.tenantId, async (tx) => {
    const steps = await loadSteps(tx, turn);
    const answers = steps.filter(({ kind }) => kind === 'model');
    const last = answers[answers.length - 1]?.output as unknown as ModelOutput | undefined;
    const text = last?.text.trim() ?? '';
    if (!text) return handOverIn(tx, turn, 'empty_reply');
    return finishTurn(tx, turn, { text: text.slice(0, MAX_TEXT), source: 'bot' });
  });
}

/** Ends a turn that no model could end: a person is asked for, and the customer is told so. */
export function handOver(deps: AgentDeps, { reason, ...turn }: TurnRef & { reason: HandOverReason }): Promise<Outcome> {
  return deps.db.withTenant(turn.tenantId, (tx) => handOverIn(tx, turn, reason));
}

async function handOverIn(tx: Tx, turn: TurnRef, reason: HandOverReason): Promise<Outcome> {
  const { tenantId, turnId } = turn;
  const head = await loadTurnHead(tx, turn);
  const locked = await lockConversation(tx, tenantId, head.conversationId);
  const record = await tx.decisionRecord.findUnique({ where: { tenantId_groupId: { tenantId, groupId: turnId } } });
  if (!record?.outcome && locked.handlerVersion === head.turnHandlerVersion && locked.handler === 'ai') {
    await handOverFromTurn(tx, { tenantId, turnId, conversationId: head.conversationId, reason });
  }
  return finishTurn(tx, turn, { text: CUSTOMER_MESSAGES.handOver[reason] ?? '', source: 'bot', reason });
}

async function finishTurn(
  tx: Tx,
  turn: TurnRef,
  reply: { text: string; source: 'bot'; reason?: string },
): Promise<Outcome> {
  const { tenantId, turnId } = turn;
  const before = await loadTurnHead(tx, turn);
  const { handler, handlerVersion } = await lockConversation(tx, tenantId, before.conversationId);
  // Under the lock: the customer's next message may have interrupted the turn a moment ago.
  const record = await tx.decisionRecord.findUnique({ where: { tenantId_groupId: { tenantId, groupId: turnId } } });
  if (record?.outcome) return record.outcome as Outcome;
  const isOurs = handlerVersion === before.turnHandlerVersion;
  const replyMessageId = isOurs ? await queueReply(tx, turn, before, reply) : null;
  const outcome: Outcome = !isOurs ? 'silenced' : handler === 'ai' ? 'replied' : 'handed_over';
  await tx.decisionRecord.updateMany({
    where: { tenantId, groupId: turnId },
    data: {
      outcome,
      outcomeReason: reply.reason ?? (isOurs ? null : `taken over: ${handler}`),
      replyMessageId,
      finishedAt: new Date(),
    },
  });
  await finishGroup(tx, tenantId, turnId, 'completed');
  return outcome;
}

async function queueReply(
  tx: Tx,
  { tenantId, turnId }: TurnRef,
  head: TurnHead,
  reply: { text: string; source: 'bot' },
) {
  // A turn without a decision record (its preparation failed) is known by its reply alone.
  const written = await tx.message.findFirst({
    where: { tenantId, groupId: turnId, source: 'bot' },
    select: { id: true },
  });
  if (written) return written.id;
  return queueOutboundMessage(tx, {
    tenantId,
    channelId: head.channelId,
    contactId: head.contactId,
    conversationId: head.conversationId,
    sessionId: head.sessionId,
    contentType: 'text',
    text: reply.text,
    source: reply.source,
    agentId: await answeringAgentId(tx, { tenantId, turnId }),
    groupId: turnId,
  });
}

import { cancelApprovals } from './approvals/cancel';
import { queueOutboundMessage } from '../conversation/outbound';
import { finishGroup, lockConversation } from '../conversation/turns';
import type { Prisma, Tx } from '../database';
import { SYSTEM_AGENT_IDS } from '../ids';
import type { AgentDeps } from './deps';
import { handOverFromTurn } from './hand-over';
import { checkReply } from './check-reply';
import { handOverMessage } from './prompts';
import { splitReply } from './split-reply';
import { loadSteps, storeCheck, type ModelOutput, type StepRow } from './steps';
import { loadTurnHead, turnAgent, turnLanguage, type TurnHead } from './turn-context';
import type { HandOverReason, ReplyOutcome, TurnRef } from './types';

type Outcome = Exclude<ReplyOutcome, 'rewrite'>;

/**
 * Writes the model's last answer as the one reply of the turn, if nobody else took the conversation meanwhile: the fence
 * is read under the lock that a hand-over takes, in the transaction that queues the message. An answer that says what no
 * tool did is sent back once, and the second time a person is asked for. Idempotent.
 */
export function writeReply(deps: AgentDeps, turn: TurnRef): Promise<ReplyOutcome> {
  return deps.db.withTenant(turn.tenantId, async (tx) => {
    const steps = await loadSteps(tx, turn);
    const last = steps.findLast(({ kind }) => kind === 'model');
    const text = (last?.output as unknown as ModelOutput | undefined)?.text.trim() ?? '';
    if (!last || !text) return handOverIn(tx, turn, 'empty_reply');
    const faulty = await refuseUnfounded(tx, turn, { text, step: last.step, steps });
    if (faulty) return faulty;
    return finishTurn(tx, turn, { text, source: 'bot' });
  });
}

/** Null: nothing is wrong with the reply, or the turn is finished already. */
async function refuseUnfounded(
  tx: Tx,
  turn: TurnRef,
  { text, step, steps }: { text: string; step: number; steps: StepRow[] },
): Promise<ReplyOutcome | null> {
  const { tenantId, turnId } = turn;
  const where = { tenantId_groupId: { tenantId, groupId: turnId } };
  const record = await tx.decisionRecord.findUnique({ where });
  if (!record || record.outcome) return null;
  const checks = steps.filter(({ kind }) => kind === 'check');
  // An attempt before this one sent the same answer back.
  if (checks.some((check) => check.step === step)) return 'rewrite';
  const head = await loadTurnHead(tx, turn);
  const { instructions } = (await turnAgent(tx, tenantId, record)).profile;
  const { voiceVersionId } = record;
  const problems = await checkReply(tx, turn, { text, steps, head, voiceVersionId, instructions });
  const [first] = problems;
  if (!first) return null;
  const isFirst = checks.length === 0;
  const decision = isFirst ? 'rewritten' : 'handed_over';
  const rules = [
    ...(Array.isArray(record.rules) ? record.rules : []),
    ...problems.map(({ rule, about }) => ({ rule, decision, reason: about })),
  ] as Prisma.InputJsonArray;
  const flags = [...new Set([...record.flags, ...problems.map(({ rule }) => rule)])];
  await tx.decisionRecord.update({ where, data: { rules, flags } });
  if (!isFirst) return handOverIn(tx, turn, 'unfounded_reply');
  const problem = problems.map(({ reason }) => reason).join('; ');
  await storeCheck(tx, { ...turn, step }, { rule: first.rule, reason: first.about, problem });
  return 'rewrite';
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
  const text = handOverMessage(reason, await turnLanguage(tx, turn, head));
  return finishTurn(tx, turn, { text, source: 'bot', reason });
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
  // A turn whose preparation failed has no agent, and the system speaks.
  const agentId = record?.agentId ?? SYSTEM_AGENT_IDS.default;
  const replyMessageId = isOurs ? await queueReply(tx, turn, before, { ...reply, agentId }) : null;
  const outcome: Outcome = !isOurs ? 'silenced' : handler === 'ai' ? 'replied' : 'handed_over';
  await tx.decisionRecord.updateMany({
    where: { tenantId, groupId: turnId },
    data: {
      outcome,
      outcomeReason: isOurs ? (reply.reason ?? null) : `taken over: ${handler}`,
      replyMessageId,
      finishedAt: new Date(),
    },
  });
  await cancelApprovals(tx, tenantId, { of: { turnId }, reason: 'turn_ended' });
  await finishGroup(tx, tenantId, turnId, 'completed');
  return outcome;
}

async function queueReply(
  tx: Tx,
  { tenantId, turnId }: TurnRef,
  head: TurnHead,
  reply: { text: string; source: 'bot'; agentId: string },
) {
  // A turn without a decision record (its preparation failed) is known by its reply alone.
  const written = await tx.message.findFirst({
    where: { tenantId, groupId: turnId, source: 'bot', replyPart: 1 },
    select: { id: true },
  });
  if (written) return written.id;
  let first: string | null = null;
  for (const [index, text] of splitReply(reply.text).entries()) {
    const id = await queueOutboundMessage(tx, {
      tenantId,
      channelId: head.channelId,
      contactId: head.contactId,
      conversationId: head.conversationId,
      sessionId: head.sessionId,
      contentType: 'text',
      text,
      source: reply.source,
      agentId: reply.agentId,
      groupId: turnId,
      replyPart: index + 1,
    });
    first ??= id;
  }
  return first;
}

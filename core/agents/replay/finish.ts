import type { Database, Prisma, Tx } from '../../database';
import { newId } from '../../ids';
import { checkReply, offeredPercents, repliesBefore } from '../check-reply';
import { handOverMessage } from '../prompts';
import { splitReply } from '../split-reply';
import type { ModelOutput, StepRow } from '../steps';
import { loadTurnMessages, turnLanguage } from '../turn-context';
import type { HandOverReason } from '../types';
import { differenceOf, isChanged } from './difference';
import { loadReplaySteps, type ReplayStep } from './steps';
import { loadSubject, type ReplaySubject } from './subject';
import type { CallSource, ReplayedCall, ReplayEnd, ReplayRef, ReplayResult, TurnSide } from './types';

interface End {
  outcome: 'replied' | 'handed_over';
  reason: string | null;
  reply: string;
}

/**
 * Ends a replay as the turn would have ended: the reply is checked, goes back to the model once, and the second time a person
 * would be asked for. Nothing is sent; what is different is kept.
 *
 * @param of.reason why the turn would ask for a person; absent when the model answered
 * @returns null: the answer goes back to the model, which is told why
 */
export function finishReplay(
  db: Database,
  { reason, ...ref }: ReplayRef & { reason?: HandOverReason },
): Promise<ReplayEnd | null> {
  return db.withTenant(ref.tenantId, async (tx) => {
    const subject = await loadSubject(tx, ref);
    const steps = await loadReplaySteps(tx, ref);
    const end = await endOf(tx, ref, { subject, steps, reason });
    if (!end) return null;
    const before = await turnAsItWas(tx, subject);
    const after = await turnAsReplayed(tx, ref, { subject, steps, end });
    const difference = differenceOf(before, after);
    const result: ReplayResult = { before, after, difference };
    await tx.turnReplay.updateMany({
      where: { tenantId: ref.tenantId, id: ref.replayId, status: 'running' },
      data: { status: 'completed', result: JSON.parse(JSON.stringify(result)), finishedAt: new Date() },
    });
    return { status: 'completed', errorCode: null, isChanged: isChanged(difference) };
  });
}

/** What a replay could not do. What it spent until then is in the ledger. */
export function failReplay(db: Database, { errorCode, ...ref }: ReplayRef & { errorCode: string }): Promise<ReplayEnd> {
  return db.withTenant(ref.tenantId, async (tx) => {
    await tx.turnReplay.updateMany({
      where: { tenantId: ref.tenantId, id: ref.replayId, status: 'running' },
      data: { status: 'failed', errorCode, finishedAt: new Date() },
    });
    return { status: 'failed', errorCode, isChanged: false };
  });
}

async function endOf(
  tx: Tx,
  ref: ReplayRef,
  of: { subject: ReplaySubject; steps: ReplayStep[]; reason: HandOverReason | undefined },
): Promise<End | null> {
  const { subject, steps, reason } = of;
  const { turn, voice, agent } = subject;
  const asksForPerson = async (why: HandOverReason): Promise<End> => ({
    outcome: 'handed_over',
    reason: why,
    reply: handOverMessage(why, await turnLanguage(tx, turn)),
  });
  if (reason) return asksForPerson(reason);
  const last = steps.findLast(({ kind }) => kind === 'model');
  const text = (last?.output as unknown as ModelOutput | undefined)?.text.trim() ?? '';
  if (!last || !text) return asksForPerson('empty_reply');
  const checks = steps.filter(({ kind }) => kind === 'check');
  // An attempt before this one sent the same answer back.
  if (checks.some(({ step }) => step === last.step)) return null;
  const [own, offered, before] = await Promise.all([
    loadTurnMessages(tx, turn),
    offeredPercents(tx, turn),
    repliesBefore(tx, turn),
  ]);
  const { instructions } = agent.profile;
  const problems = checkReply({ text, steps, own, offered, before, voice, instructions });
  const [first] = problems;
  if (!first) return { outcome: steps.some(handsOver) ? 'handed_over' : 'replied', reason: null, reply: text };
  if (checks.length > 0) return asksForPerson('unfounded_reply');
  await tx.turnReplayStep.create({
    data: {
      id: newId(),
      ...ref,
      step: last.step,
      kind: 'check',
      callId: 'check',
      status: 'refused',
      rule: first.rule,
      output: { problem: problems.map((problem) => problem.reason).join('; ') },
    },
  });
  return null;
}

/** Whether the call put the conversation before a person, by what it answered. */
function handsOver({ kind, tool, status, output }: StepRow): boolean {
  if (kind !== 'tool' || status !== 'done' || typeof output !== 'object' || output === null) return false;
  if ('escalated' in output) return output['escalated'] === true;
  if ('handed_over' in output) return output['handed_over'] === true;
  // In the record of a turn from before qualify_lead said so itself.
  return tool === 'qualify_lead' && 'action' in output && output['action'] === 'assign_now';
}

async function turnAsItWas(tx: Tx, { record, turn }: ReplaySubject): Promise<TurnSide> {
  const { tenantId, turnId } = turn;
  const parts = await tx.message.findMany({
    where: { tenantId, groupId: turnId, source: 'bot' },
    orderBy: { replyPart: 'asc' },
    select: { text: true },
  });
  const steps = await tx.decisionStep.findMany({
    where: { tenantId, groupId: turnId, kind: 'tool' },
    orderBy: [{ step: 'asc' }, { id: 'asc' }],
  });
  const isRun = (status: string) => status === 'done' || status === 'failed';
  return {
    outcome: record.outcome,
    outcomeReason: record.outcomeReason,
    reply: parts.length === 0 ? null : parts.map(({ text }) => text ?? '').join('\n'),
    agent: record.agent,
    agentVersionId: record.agentVersionId,
    model: record.model,
    tools: steps.map((row) => shownCall({ ...row, source: isRun(row.status) ? 'record' : null })),
    // Of the turn's calls of models only those of its answers name the agent.
    costMicros: await costOf(tx, { tenantId, groupId: turnId, agentId: { not: null } }),
  };
}

async function turnAsReplayed(
  tx: Tx,
  { tenantId, replayId }: ReplayRef,
  { subject, steps, end }: { subject: ReplaySubject; steps: ReplayStep[]; end: End },
): Promise<TurnSide> {
  const { agent } = subject;
  const paid = await tx.aiCost.findFirst({
    where: { tenantId, groupId: replayId, operation: 'language', status: 'settled' },
    orderBy: { createdAt: 'desc' },
    select: { model: true },
  });
  return {
    outcome: end.outcome,
    outcomeReason: end.reason,
    reply: splitReply(end.reply).join('\n'),
    agent: agent.key,
    agentVersionId: agent.versionId,
    model: paid?.model ?? null,
    tools: steps.filter(({ kind }) => kind === 'tool').map(shownCall),
    costMicros: await costOf(tx, { tenantId, groupId: replayId }),
  };
}

function shownCall(row: Pick<ReplayStep, 'tool' | 'input' | 'status' | 'rule' | 'source'>): ReplayedCall {
  const { tool, input, status, rule, source } = row;
  return { tool: tool ?? '', arguments: input, status, rule, source: source as CallSource | null };
}

async function costOf(tx: Tx, where: Prisma.AiCostWhereInput): Promise<number> {
  const { _sum: sum } = await tx.aiCost.aggregate({
    where: { ...where, operation: 'language', status: 'settled' },
    _sum: { costMicros: true },
  });
  return Number(sum.costMicros ?? 0n);
}

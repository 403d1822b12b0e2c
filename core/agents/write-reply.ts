import { DateTime } from 'luxon';
import { cancelApprovals } from './approvals/cancel';
import { queueOutboundMessage } from '../conversation/outbound';
import { sqlFile, type Prisma, type Tx } from '../database';
import { newId, SYSTEM_AGENT_IDS } from '../ids';
import { peopleBackAt } from '../people/business-hours';
import { readPeopleSettings } from '../people/settings';
import type { AgentDeps } from './deps';
import { checkReply, offeredPercents, repliesBefore } from './check-reply';
import { isTurnFirm, lockTurn } from './fence';
import { handOverFromTurn } from './hand-over';
import type { EarlierReply } from './policy/repetition';
import { handOverMessage, peopleBackMessage } from './prompts';
import { splitReply } from './split-reply';
import { loadSteps, storeCheck, type ModelOutput, type StepRow } from './steps';
import type { TranscriptMessage } from './transcript';
import { loadTurn, requirePrepared, type Turn } from './turn';
import { loadTurnMessages, turnLanguage, type TurnHead } from './turn-context';
import type { HandOverReason, ReplyOutcome, TurnRef } from './types';

type Outcome = Exclude<ReplyOutcome, 'rewrite'>;

/**
 * Writes the model's last answer as the one reply of the turn, if nobody else took the conversation meanwhile: the fence
 * is read under the lock that a hand-over takes, in the transaction that queues the message. An answer that says what no
 * tool did is sent back once, and the second time a person is asked for. Idempotent.
 */
export function writeReply(deps: AgentDeps, turn: TurnRef): Promise<ReplyOutcome> {
  return deps.db.withTenant(turn.tenantId, async (tx) => {
    const [, loaded, steps, own, offered, before] = await Promise.all([
      lockTurn(tx, turn),
      loadTurn(tx, turn),
      loadSteps(tx, turn),
      loadTurnMessages(tx, turn),
      offeredPercents(tx, turn),
      repliesBefore(tx, turn),
    ]);
    const last = steps.findLast(({ kind }) => kind === 'model');
    const text = (last?.output as unknown as ModelOutput | undefined)?.text.trim() ?? '';
    if (!last || !text) return handOverIn(tx, turn, loaded, 'empty_reply');
    const faulty = await refuseUnfounded(tx, turn, { loaded, text, step: last.step, steps, own, offered, before });
    return faulty ?? finishTurn(tx, turn, loaded, { text });
  });
}

/** Null: nothing is wrong with the reply, or the turn is finished already. */
async function refuseUnfounded(
  tx: Tx,
  turn: TurnRef,
  of: {
    loaded: Turn;
    text: string;
    step: number;
    steps: StepRow[];
    own: TranscriptMessage[];
    offered: number[];
    before: EarlierReply[];
  },
): Promise<ReplyOutcome | null> {
  const { loaded, text, step, steps, own, offered, before } = of;
  const { tenantId, turnId } = turn;
  if (!loaded.record || loaded.record.outcome) return null;
  const checks = steps.filter(({ kind }) => kind === 'check');
  // An attempt before this one sent the same answer back.
  if (checks.some((check) => check.step === step)) return 'rewrite';
  const { voice, record, agent } = requirePrepared(loaded);
  const { instructions } = agent.profile;
  const problems = checkReply({ text, steps, own, offered, before, voice, instructions });
  const [first] = problems;
  if (!first) return null;
  const isFirst = checks.length === 0;
  const decision = isFirst ? 'rewritten' : 'handed_over';
  const rules = [
    ...(Array.isArray(record.rules) ? record.rules : []),
    ...problems.map(({ rule, about }) => ({ rule, decision, reason: about })),
  ] as Prisma.InputJsonArray;
  const flags = [...new Set([...record.flags, ...problems.map(({ rule }) => rule)])];
  const where = { tenantId_groupId: { tenantId, groupId: turnId } };
  await tx.decisionRecord.update({ where, data: { rules, flags } });
  if (!isFirst) return handOverIn(tx, turn, loaded, 'unfounded_reply');
  const problem = problems.map(({ reason }) => reason).join('; ');
  await storeCheck(tx, { ...turn, step }, { rule: first.rule, reason: first.about, problem });
  return 'rewrite';
}

/** Ends a turn that no model could end: a person is asked for, and the customer is told so. */
export function handOver(deps: AgentDeps, { reason, ...turn }: TurnRef & { reason: HandOverReason }): Promise<Outcome> {
  return deps.db.withTenant(turn.tenantId, async (tx) => {
    const [, loaded] = await Promise.all([lockTurn(tx, turn), loadTurn(tx, turn)]);
    return handOverIn(tx, turn, loaded, reason);
  });
}

/** @param loaded the turn, read behind its lock */
async function handOverIn(tx: Tx, turn: TurnRef, loaded: Turn, reason: HandOverReason): Promise<Outcome> {
  const { tenantId, turnId } = turn;
  const { head, record } = loaded;
  const text = handOverMessage(reason, await turnLanguage(tx, turn));
  if (record?.outcome || !isTurnFirm(head) || head.handler !== 'ai')
    return finishTurn(tx, turn, loaded, { text, reason });
  await handOverFromTurn(tx, { tenantId, turnId, conversationId: head.conversationId, reason });
  // The turn goes on with the version of the fence that it has made.
  return finishTurn(tx, turn, await loadTurn(tx, turn), { text, reason });
}

/** @param loaded the turn, read behind its lock: the customer's next message may have interrupted it a moment ago */
async function finishTurn(
  tx: Tx,
  turn: TurnRef,
  { head, record }: Turn,
  reply: { text: string; reason?: string },
): Promise<Outcome> {
  const { tenantId, turnId } = turn;
  if (record?.outcome) return record.outcome as Outcome;
  const isOurs = isTurnFirm(head);
  const outcome: Outcome = !isOurs ? 'silenced' : head.handler === 'ai' ? 'replied' : 'handed_over';
  // A turn without a decision record (its preparation failed) is known by its reply alone.
  const written = isOurs && !record ? await writtenReply(tx, turn) : null;
  const text = outcome === 'handed_over' ? await withPeopleBack(tx, turn, head, reply.text) : reply.text;
  const parts = isOurs && !written ? splitReply(text).map((part) => ({ id: newId(), text: part })) : [];
  await Promise.all([
    ...parts.map(({ id, text: part }, index) =>
      queueOutboundMessage(tx, {
        id,
        tenantId,
        channelId: head.channelId,
        contactId: head.contactId,
        conversationId: head.conversationId,
        sessionId: head.sessionId,
        contentType: 'text',
        text: part,
        source: 'bot',
        // A turn whose preparation failed has no agent, and the system speaks.
        agentId: record?.agentId ?? SYSTEM_AGENT_IDS.default,
        groupId: turnId,
        replyPart: index + 1,
      }),
    ),
    tx.$executeRawUnsafe(
      sqlFile('core/agents/sql/end-turn.sql'),
      tenantId,
      turnId,
      outcome,
      isOurs ? (reply.reason ?? null) : whySilenced(head),
      written ?? parts[0]?.id ?? null,
    ),
    cancelApprovals(tx, tenantId, { of: { turnId }, reason: 'turn_ended' }),
  ]);
  return outcome;
}

function whySilenced({ isContactDeleted, handler }: TurnHead): string {
  return isContactDeleted ? 'contact_deleted' : `taken over: ${handler}`;
}

/** Whoever waits for a person outside their hours is told when they are back, whoever worded the rest. */
async function withPeopleBack(tx: Tx, turn: TurnRef, head: TurnHead, text: string): Promise<string> {
  const { businessHours } = await readPeopleSettings(tx, turn.tenantId);
  const now = new Date();
  const { timezone } = head;
  const at = peopleBackAt(businessHours, { now, timezone });
  if (!at) return text;
  const line = peopleBackMessage(
    { at, now: DateTime.fromJSDate(now, { zone: timezone }) },
    await turnLanguage(tx, turn),
  );
  return `${text}\n\n${line}`;
}

async function writtenReply(tx: Tx, { tenantId, turnId }: TurnRef): Promise<string | null> {
  const where = { tenantId, groupId: turnId, source: 'bot', replyPart: 1 };
  const written = await tx.message.findFirst({ where, select: { id: true } });
  return written?.id ?? null;
}

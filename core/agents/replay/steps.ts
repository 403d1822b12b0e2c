import type { Prisma, Tx } from '../../database';
import { newId } from '../../ids';
import { fingerprint, loadSteps, storedModelStep, type CheckedCall, type ModelOutput, type StepRow } from '../steps';
import type { ModelStep, TurnRef } from '../types';
import type { CallSource, ReplayRef } from './types';

export type ReplayStep = StepRow & { id: string; rule: string | null; source: string | null };

/** As `loadSteps` of a turn. */
export function loadReplaySteps(tx: Tx, { tenantId, replayId }: ReplayRef): Promise<ReplayStep[]> {
  return tx.turnReplayStep.findMany({
    where: { tenantId, replayId },
    orderBy: [{ step: 'asc' }, { id: 'asc' }],
    select: {
      id: true,
      step: true,
      kind: true,
      callId: true,
      tool: true,
      input: true,
      output: true,
      status: true,
      rule: true,
      source: true,
    },
  });
}

/** What no person is asked for in a replay. */
const NOBODY_IS_ASKED = {
  error: 'A person would have to allow this, and in a replay nobody is asked; go on without it',
};

/**
 * Keeps a model's answer and its calls. What the turn itself did with the same arguments is answered as it was then; the
 * other calls are still to be run. As `storingModelStep` of a turn: when another attempt was faster, its answer stands.
 */
export async function storeReplayAnswer(
  tx: Tx,
  ref: ReplayRef & { step: number },
  answer: { turn: TurnRef; output: ModelOutput; calls: CheckedCall[] },
): Promise<ModelStep> {
  const { tenantId, replayId, step } = ref;
  const before = await loadReplaySteps(tx, ref);
  const stored = storedModelStep(before, step);
  if (stored) return stored;
  const common = { tenantId, replayId, step };
  const output = { ...answer.output, toolCalls: answer.output.toolCalls.map((call) => ({ ...call })) };
  await tx.turnReplayStep.create({
    data: { ...common, id: newId(), kind: 'model', callId: 'model', output, status: 'done' },
  });
  const recorded = recordedAnswers(await loadSteps(tx, answer.turn), before);
  await tx.turnReplayStep.createMany({
    data: answer.calls.map((checked) => ({
      ...common,
      id: newId(),
      kind: 'tool',
      callId: checked.call.id,
      tool: checked.call.name,
      input: checked.input,
      ...outcomeOf(checked, recorded),
    })),
  });
  return storedModelStep(await loadReplaySteps(tx, ref), step) ?? { kind: 'reply' };
}

type Recorded = Pick<StepRow, 'status' | 'output'>;

function outcomeOf(
  { call, input, refusal, verdict }: CheckedCall,
  takeRecorded: (key: string) => Recorded | undefined,
): Pick<Prisma.TurnReplayStepCreateManyInput, 'status' | 'output' | 'rule' | 'source'> {
  const rule = verdict?.rule ?? null;
  if (refusal !== null && verdict?.decision !== 'needs_approval')
    return { status: 'refused', output: { error: refusal }, rule };
  const recorded = takeRecorded(fingerprint(call.name, input));
  if (recorded) {
    const source: CallSource = 'record';
    return { status: recorded.status, output: recorded.output as Prisma.InputJsonValue, rule, source };
  }
  return refusal === null ? { status: 'requested' } : { status: 'needs_approval', output: NOBODY_IS_ASKED, rule };
}

/** Gives out what the turn's calls came to, each in its order; the last one as often as it is asked for. */
function recordedAnswers(turn: StepRow[], replayed: ReplayStep[]): (key: string) => Recorded | undefined {
  const byKey = new Map<string, Recorded[]>();
  for (const row of turn) {
    // What was refused then is judged anew.
    const isAnswer = row.kind === 'tool' && row.output !== null && (row.status === 'done' || row.status === 'failed');
    if (isAnswer) byKey.set(keyOf(row), [...(byKey.get(keyOf(row)) ?? []), row]);
  }
  const take = (key: string) => {
    const answers = byKey.get(key);
    return answers && answers.length > 1 ? answers.shift() : answers?.[0];
  };
  for (const row of replayed) if (row.source === 'record') take(keyOf(row));
  return take;
}

function keyOf({ tool, input }: StepRow): string {
  return fingerprint(tool ?? '', input);
}

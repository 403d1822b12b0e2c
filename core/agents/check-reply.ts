import { sqlFile, type Tx } from '../database';
import { intentText } from './intents/route-intent';
import type { EarlierReply } from './policy/repetition';
import { replyProblems, type ReplyProblem } from './policy/reply-rules';
import type { StepRow } from './steps';
import type { TranscriptMessage } from './transcript';
import type { TurnRef } from './types';

/** Discounts, in percent, that were really offered to the customer of a turn, and neither refused nor withdrawn. */
export async function offeredPercents(tx: Tx, { tenantId, turnId }: TurnRef): Promise<number[]> {
  const file = sqlFile('core/agents/sql/offered-percents.sql');
  const offered = await tx.$queryRawUnsafe<{ percent: number }[]>(file, tenantId, turnId);
  return offered.map(({ percent }) => percent);
}

/** A model that goes round in circles does so within a few turns. */
const TURNS_BEFORE = 3;

/** What the agents said in the last turns of the session, and to which words of the customer. */
export function repliesBefore(tx: Tx, { tenantId, turnId }: TurnRef): Promise<EarlierReply[]> {
  return tx.$queryRawUnsafe<EarlierReply[]>(
    sqlFile('core/agents/sql/replies-before.sql'),
    tenantId,
    turnId,
    TURNS_BEFORE,
  );
}

/** Checks a reply against what the turn really did, before it leaves. Empty: it may go. */
export function checkReply({
  text,
  steps,
  own,
  offered,
  before,
  voice,
  instructions,
}: {
  text: string;
  steps: StepRow[];
  /** The messages that the turn answers. */
  own: TranscriptMessage[];
  /** See `offeredPercents`. */
  offered: number[];
  /** See `repliesBefore`. */
  before: EarlierReply[];
  /** What the agent was told, by the coordinator and for itself. */
  voice: string;
  instructions: string;
}): ReplyProblem[] {
  return replyProblems({
    text,
    customerText: intentText(own),
    doneTools: doneTools(steps),
    earlierReplies: before,
    allowedPercents: [...offered, ...percentsIn(`${instructions}\n${voice}`)],
  });
}

/** What really happened: a call for a person that came too late did nothing. */
function doneTools(steps: StepRow[]): string[] {
  return steps.flatMap(({ kind, tool, status, output }) => {
    const didNothing =
      typeof output === 'object' && output !== null && 'escalated' in output && output['escalated'] === false;
    if (kind !== 'tool' || !tool || status !== 'done' || didNothing) return [];
    // A lead that goes to a seller now is handed over by the tool that qualified it.
    const isAssigned =
      typeof output === 'object' && output !== null && 'handed_over' in output && output['handed_over'] === true;
    return isAssigned ? [tool, 'assign_to_agent'] : [tool];
  });
}

/** Percentages that the company itself told the agent. */
function percentsIn(text: string): number[] {
  return [...text.matchAll(/(\d{1,3})(?:[.,]\d+)? ?%/g)].map(([, digits]) => Number(digits));
}

import { sqlFile, type Tx } from '../database';
import { intentText } from './intents/route-intent';
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

/** Checks a reply against what the turn really did, before it leaves. Empty: it may go. */
export function checkReply({
  text,
  steps,
  own,
  offered,
  voice,
  instructions,
}: {
  text: string;
  steps: StepRow[];
  /** The messages that the turn answers. */
  own: TranscriptMessage[];
  /** See `offeredPercents`. */
  offered: number[];
  /** What the agent was told, by the coordinator and for itself. */
  voice: string;
  instructions: string;
}): ReplyProblem[] {
  return replyProblems({
    text,
    customerText: intentText(own),
    doneTools: doneTools(steps),
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

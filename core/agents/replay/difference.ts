import { fingerprint } from '../steps';
import type { ReplayDifference, ReplayedCall, TurnSide } from './types';

/** What is different between a turn as it was and as it is replayed. White space is no difference. */
export function differenceOf(before: TurnSide, after: TurnSide): ReplayDifference {
  return {
    outcome: before.outcome !== after.outcome,
    reply: bare(before.reply) !== bare(after.reply),
    toolsAdded: namesOf(missingFrom(before.tools, after.tools)),
    toolsMissing: namesOf(missingFrom(after.tools, before.tools)),
    costMicros: after.costMicros - before.costMicros,
  };
}

export function isChanged({ outcome, reply, toolsAdded, toolsMissing }: ReplayDifference): boolean {
  return outcome || reply || toolsAdded.length > 0 || toolsMissing.length > 0;
}

function bare(text: string | null): string {
  return (text ?? '').replace(/\s+/g, ' ').trim();
}

/** The calls of `of` that `from` lacks; the same call made twice is two. */
function missingFrom(from: readonly ReplayedCall[], of: readonly ReplayedCall[]): ReplayedCall[] {
  const left = from.map(keyOf);
  return of.filter((call) => {
    const at = left.indexOf(keyOf(call));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function keyOf(call: ReplayedCall): string {
  return fingerprint(call.tool, call.arguments);
}

function namesOf(calls: readonly ReplayedCall[]): string[] {
  return calls.map(({ tool }) => tool);
}

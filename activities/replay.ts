import type { AgentDeps } from '../core/agents/deps';
import { askModelAgain } from '../core/agents/replay/ask-model';
import { endBatch, takeTurns } from '../core/agents/replay/batch';
import { failReplay, finishReplay } from '../core/agents/replay/finish';
import { planReplay } from '../core/agents/replay/request';
import { failCall, rehearseCall, type ReplayCallRef } from '../core/agents/replay/run-call';
import type { ReplayBatchRef, ReplayRef } from '../core/agents/replay/types';
import type { HandOverReason } from '../core/agents/types';
import type { ToolDeps } from '../core/tools/types';
import { asActivities, currentAttempt } from './support';

export function createReplayActivities(deps: AgentDeps & ToolDeps) {
  const { db } = deps;
  return asActivities({
    planReplay: (ref: ReplayRef) => planReplay(deps, ref),
    askModelAgain: (request: ReplayRef & { step: number; provider: string }) =>
      askModelAgain(deps, request, currentAttempt()),
    rehearseCall: (ref: ReplayCallRef) => rehearseCall(deps, ref, currentAttempt()),
    failCall: (call: ReplayCallRef & { code: string }) => failCall(db, call),
    finishReplay: (request: ReplayRef & { reason?: HandOverReason }) => finishReplay(db, request),
    failReplay: (request: ReplayRef & { errorCode: string }) => failReplay(db, request),
    takeTurns: (ref: ReplayBatchRef) => takeTurns(db, ref),
    endBatch: (request: ReplayBatchRef & { errorCode?: string }) => endBatch(db, request),
  });
}

export type ReplayActivities = ReturnType<typeof createReplayActivities>;

import type { AgentDeps } from '../core/agents/deps';
import { askRunModel } from '../core/agents/runs/ask-model';
import { finishRun, prepareRun } from '../core/agents/runs/finish';
import type { RunMode } from '../core/agents/runs/prompt';
import { keepResult } from '../core/agents/runs/store';
import type { RunCallRef, RunRef } from '../core/agents/runs/types';
import { asActivities, currentAttempt } from './support';

export function createAgentRunActivities(deps: AgentDeps) {
  const { db } = deps;
  return asActivities({
    prepareAgentRun: (run: RunRef) => prepareRun(deps, run),
    askRunModel: (request: RunRef & { step: number; provider: string; mode: RunMode }) =>
      askRunModel(deps, request, currentAttempt()),
    recordAgentCallFailure: ({ callId, code, ...run }: RunCallRef & { code: string }) =>
      db.withTenant(run.tenantId, (tx) =>
        keepResult(tx, run, { callId, result: { error: `It failed (${code})`, code } }),
      ),
    finishAgentRun: (end: RunRef & { failure: string | null }) => finishRun(db, end),
  });
}

export type AgentRunActivities = ReturnType<typeof createAgentRunActivities>;

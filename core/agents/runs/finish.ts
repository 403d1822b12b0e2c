import type { Database } from '../../database';
import { appendEvents } from '../../outbox/events';
import type { AgentDeps } from '../deps';
import { unfoundedClaims } from '../policy/claims';
import { PLANS_FIRST } from './staff-agents';
import { agentOfRun, loadRun, type LoadedRun } from './store';
import type { RunPlan, RunRef, RunStatus } from './types';

/** Begins a run. A second attempt finds it begun. @throws AppError NOT_FOUND */
export function prepareRun(deps: AgentDeps, ref: RunRef): Promise<RunPlan> {
  const { tenantId, runId } = ref;
  return deps.db.withTenant(tenantId, async (tx) => {
    const run = await loadRun(tx, ref);
    const { profile } = await agentOfRun(tx, run);
    await tx.agentRun.updateMany({ where: { tenantId, id: runId, status: 'queued' }, data: { status: 'running' } });
    return {
      providers: profile.modelChain.length > 0 ? [...profile.modelChain] : deps.providers.chains.language,
      retryAfterMs: deps.config.LANGUAGE_RETRY_MS,
      plansFirst: PLANS_FIRST.includes(run.agent),
      depth: run.depth,
    };
  });
}

/**
 * Ends a run with its last answer, or with why there is none. An answer that says what no tool did is kept, flagged: nobody
 * outside the company reads it. Idempotent.
 *
 * @param failure a code of the error table
 */
export function finishRun(db: Database, { failure, ...ref }: RunRef & { failure: string | null }): Promise<RunStatus> {
  const { tenantId, runId } = ref;
  return db.withTenant(tenantId, async (tx) => {
    const run = await loadRun(tx, ref);
    if (run.status === 'done' || run.status === 'failed') return run.status;
    const answer = run.answers.findLast(({ kind }) => kind === 'answer')?.text.trim() || null;
    const errorCode = failure ?? (answer ? null : 'MODEL_OUTPUT_INVALID');
    const status = errorCode === null ? 'done' : 'failed';
    const isUnfounded = answer !== null && unfoundedClaims(answer, doneTools(run)).length > 0;
    await tx.agentRun.updateMany({
      where: { tenantId, id: runId },
      data: {
        status,
        errorCode,
        answer: errorCode === null ? answer : null,
        flags: isUnfounded ? ['claim_without_act'] : [],
        finishedAt: new Date(),
      },
    });
    const { agentId, agent, contactId } = run;
    const data = { runId, agent, contactId, status, errorCode };
    const eventType = 'agent.run_finished';
    await appendEvents(tx, [{ tenantId, aggregateType: 'agent', aggregateId: agentId, eventType, data }]);
    return status;
  });
}

function doneTools({ answers, results }: LoadedRun): string[] {
  return answers.flatMap(({ calls }) =>
    calls.flatMap(({ callId, tool }) => {
      const result = results[callId];
      return result && 'output' in result ? [tool] : [];
    }),
  );
}

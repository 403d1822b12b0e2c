import { sqlFile, type Prisma, type Tx } from '../../database';
import { AppError } from '../../errors';
import { toPage, type Page, type PageRequest } from '../../crm/page';
import { requestedCall } from '../steps';
import { agentOfTurn } from '../team/load';
import type { TeamAgent } from '../team/types';
import type { AskedCall, RunRef, RunStatus, RunStep, StoredAnswer, StoredResult } from './types';

/** A run with what its models said and its calls came to. */
export type LoadedRun = Omit<Prisma.AgentRunGetPayload<object>, 'answers' | 'results'> & {
  answers: StoredAnswer[];
  results: Record<string, StoredResult>;
};

/** @throws AppError NOT_FOUND */
export async function loadRun(tx: Tx, { tenantId, runId }: RunRef): Promise<LoadedRun> {
  const row = await tx.agentRun.findFirst({ where: { tenantId, id: runId } });
  if (!row) throw new AppError('NOT_FOUND', 'There is no run of an agent with this id');
  const answers = row.answers as unknown as StoredAnswer[];
  return { ...row, answers, results: row.results as unknown as Record<string, StoredResult> };
}

/** Newest first. */
export async function listRuns(
  tx: Tx,
  tenantId: string,
  { limit, after, status, agentId }: PageRequest & { status?: RunStatus | undefined; agentId?: string | undefined },
): Promise<Page<Prisma.AgentRunGetPayload<object>>> {
  const rows = await tx.agentRun.findMany({
    where: {
      tenantId,
      ...(status ? { status } : {}),
      ...(agentId ? { agentId } : {}),
      ...(after?.[0] ? { id: { lt: after[0] } } : {}),
    },
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  return toPage(rows, limit, ({ id }) => [id]);
}

/** The agent as the run began with it, also when its version was deleted meanwhile. @throws AppError NOT_FOUND */
export function agentOfRun(tx: Tx, { tenantId, agentId, agentVersionId }: LoadedRun): Promise<TeamAgent> {
  return agentOfTurn(tx, tenantId, { agentId, versionId: agentVersionId });
}

/** Keeps the answer of one step. False: another attempt was faster, and its answer stands. */
export async function appendAnswer(
  tx: Tx,
  { tenantId, runId }: RunRef,
  of: { step: number; answer: StoredAnswer; provider: string; model: string },
): Promise<boolean> {
  const count = await tx.$executeRawUnsafe(
    sqlFile('core/agents/runs/sql/append-answer.sql'),
    tenantId,
    runId,
    of.step,
    JSON.stringify(of.answer),
    of.provider,
    of.model,
  );
  return count > 0;
}

/** Keeps what came of a call; what was kept first stands. */
export async function keepResult(
  tx: Tx,
  { tenantId, runId }: RunRef,
  { callId, result }: { callId: string; result: StoredResult },
): Promise<void> {
  await tx.$executeRawUnsafe(
    sqlFile('core/agents/runs/sql/keep-result.sql'),
    tenantId,
    runId,
    callId,
    JSON.stringify(result),
  );
}

/** What an answer means for the workflow. Calls that were refused when they were stored are not run. */
export function stepOf({ kind, text, calls }: StoredAnswer): RunStep {
  if (kind === 'answer') return { kind: 'answer' };
  const asked = calls
    .filter(({ refusal }) => refusal === null)
    .map(({ callId, tool, input, childRunId }): AskedCall => ({ ...requestedCall(callId, tool, input), childRunId }));
  return { kind: 'calls', calls: asked, hasFaults: asked.length < calls.length || (kind === 'plan' && text !== '') };
}

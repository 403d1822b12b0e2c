import type { Scope } from '../accounts/scopes';
import { sqlFile, type Prisma, type Tx } from '../database';
import { AppError, errorMessage, isAppError } from '../errors';
import { newId } from '../ids';
import { canonicalJson } from '../crm/idempotency';
import { checkArguments } from './arguments';
import { callTool, type CallRecord, type ToolCallRequest } from './call';
import { dryRun } from './dry-run';
import { takeCall } from './rate';
import { toolNamed } from './registry';
import { approvalReasons, SUPERVISOR_SCOPE } from './rules';
import type { TellProgress, Tool, ToolDeps } from './types';

/** A call by a person or a program with an API key. */
export interface ToolExecution {
  tenantId: string;
  /** `agent`: one that works for an operator, with the operator's rights. */
  via: 'rest' | 'mcp' | 'grpc' | 'agent';
  userId: string | null;
  keyId: string | null;
  scopes: readonly Scope[];
  /** A tool's name or alias. */
  name: string;
  arguments: unknown;
  /** A second call with it finds the first one's answer. */
  idempotencyKey: string | null;
  /** For writes: everything happens but the commit, so the answer is what would have come. */
  isDryRun: boolean;
  signal: AbortSignal;
  /** Told from when the call is accepted on. */
  onProgress?: TellProgress;
}

export interface ToolResult {
  callId: string;
  tool: string;
  output: Prisma.JsonObject;
  isDryRun: boolean;
  /** The stored answer of an earlier call with this key. */
  isReplay: boolean;
}

/**
 * Checks and runs one call, and keeps what was called by whom.
 *
 * @throws AppError NOT_FOUND (tool, or an id among the arguments), FORBIDDEN (the key lacks the tool's scope, or that of a supervisor),
 * VALIDATION_ERROR (arguments), RATE_LIMIT_EXCEEDED, IDEMPOTENCY_KEY_REUSED, TOOL_OUTPUT_TOO_LARGE, and those of the tool
 */
export async function executeTool(deps: ToolDeps, execution: ToolExecution): Promise<ToolResult> {
  const { tenantId, signal } = execution;
  const tool = requireTool(execution);
  const { via, userId, keyId, scopes } = execution;
  const authority = { via, userId, keyId, scopes };
  const caller = { kind: 'operator', tenantId, userId, authority } as const;
  const checked = checkArguments(tool, caller, execution.arguments);
  if (checked.refusal !== null) throw new AppError('VALIDATION_ERROR', checked.refusal, { fields: checked.fields });
  requireSupervisor(tool, checked.input, execution);
  await takeCall(deps.db, tenantId, tool);
  const callId = newId();
  const attempt = { activityKey: `tool:${callId}`, signal };
  const request: ToolCallRequest = {
    tool,
    caller,
    input: checked.input,
    contactId: checked.contactId,
    callId,
    attempt,
    onProgress: execution.onProgress,
  };
  execution.onProgress?.('starting', 0);
  const result = { callId, tool: tool.name, isDryRun: false, isReplay: false };
  if (execution.isDryRun && tool.access === 'write')
    return { ...result, output: await dryRun(deps, request), isDryRun: true };
  try {
    const output = await callTool(deps, request, recordOf(execution, request));
    if (output) return { ...result, output: output as Prisma.JsonObject };
  } catch (error) {
    await keepFailure(deps, execution, request, error);
    throw error;
  }
  return storedResult(deps, execution, request);
}

/** What an agent needs a person for, a program needs a supervisor's key for: it may be an agent, too. @throws AppError FORBIDDEN */
function requireSupervisor(tool: Tool, input: unknown, { scopes }: ToolExecution): void {
  const reasons = approvalReasons(tool.approval, input as Record<string, unknown>);
  if (reasons.length === 0 || scopes.includes(SUPERVISOR_SCOPE)) return;
  throw new AppError(
    'FORBIDDEN',
    `This call of ${tool.name} (${reasons.join(', ')}) is for a supervisor: a key with the scope ${SUPERVISOR_SCOPE}`,
  );
}

/** @throws AppError NOT_FOUND, FORBIDDEN */
export function requireTool({ name, scopes }: Pick<ToolExecution, 'name' | 'scopes'>): Tool {
  const tool = toolNamed(name);
  if (!tool) throw new AppError('NOT_FOUND', `There is no tool ${name}; list the tools to see which there are`);
  if (!scopes.includes(tool.scope))
    throw new AppError('FORBIDDEN', `The API key lacks the scope ${tool.scope} that ${tool.name} needs`);
  return tool;
}

function recordOf(execution: ToolExecution, request: ToolCallRequest): CallRecord {
  const { tenantId } = execution;
  return {
    claim: (tx) => claim(tx, execution, request),
    finish: async (tx, output) => {
      await tx.toolCall.updateMany({
        where: { tenantId, id: request.callId },
        data: { status: 'done', output, finishedAt: new Date() },
      });
    },
  };
}

async function claim(tx: Tx, execution: ToolExecution, request: ToolCallRequest): Promise<boolean> {
  const claimed = await tx.$queryRawUnsafe<{ id: string }[]>(
    sqlFile('core/tools/sql/claim-call.sql'),
    request.callId,
    execution.tenantId,
    request.tool.name,
    execution.via,
    execution.keyId,
    execution.userId,
    request.contactId,
    execution.idempotencyKey,
    JSON.stringify(request.input),
  );
  return claimed.length > 0;
}

/** Refusals are part of the audit. Without the key: the same call may be tried again. */
async function keepFailure(
  { db }: ToolDeps,
  execution: ToolExecution,
  request: ToolCallRequest,
  error: unknown,
): Promise<void> {
  if (!isAppError(error) || error.code === 'DATABASE_ERROR') return;
  await db.withTenant(execution.tenantId, async (tx) => {
    await claim(tx, { ...execution, idempotencyKey: null }, request);
    await tx.toolCall.updateMany({
      where: { tenantId: execution.tenantId, id: request.callId },
      data: { status: 'failed', errorCode: error.code, output: { error: errorMessage(error) }, finishedAt: new Date() },
    });
  });
}

async function storedResult(deps: ToolDeps, execution: ToolExecution, request: ToolCallRequest): Promise<ToolResult> {
  const { tenantId, idempotencyKey } = execution;
  const tool = request.tool.name;
  const stored = await deps.db.withTenant(tenantId, (tx) =>
    tx.toolCall.findFirst({ where: { tenantId, tool, idempotencyKey, status: 'done' } }),
  );
  if (!stored) throw new AppError('INTERNAL_ERROR', 'A call that was made is not there');
  const isSame = canonicalJson(stored.input) === canonicalJson(request.input) && stored.contactId === request.contactId;
  if (!isSame) {
    throw new AppError(
      'IDEMPOTENCY_KEY_REUSED',
      'This Idempotency-Key came with other arguments before; use a new key',
    );
  }
  return { callId: stored.id, tool, output: stored.output as Prisma.JsonObject, isDryRun: false, isReplay: true };
}

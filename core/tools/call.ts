import type { Prisma, Tx } from '../database';
import { AppError } from '../errors';
import { assertContact } from '../memory/facts/store';
import { storableJson } from '../text';
import { MAX_AGENT_OUTPUT_BYTES, MAX_OPERATOR_OUTPUT_BYTES } from './rules';
import type { TellProgress, Tool, ToolAttempt, ToolCaller, ToolContext, ToolDeps } from './types';
import { namingArguments } from './wrong-arguments';

/** A call whose arguments were checked. */
export interface ToolCallRequest {
  tool: Tool;
  caller: ToolCaller;
  input: Prisma.InputJsonValue;
  contactId: string | null;
  callId: string;
  attempt: ToolAttempt;
  /** Nobody watches without it. */
  onProgress?: TellProgress | undefined;
}

/** How the place that keeps the calls takes part in one. */
export interface CallRecord {
  /** First thing in the transaction. False: another attempt was faster, and nothing more happens. */
  claim(tx: Tx): Promise<boolean>;
  /** Last thing in the transaction. */
  finish(tx: Tx, output: Prisma.InputJsonObject): Promise<void>;
}

/**
 * Runs a checked call once: claim, work and result are one transaction. The work of a tool that asks the outside comes
 * before it, and is only reading.
 *
 * @returns the output; null if another attempt had finished the call.
 * @throws AppError NOT_FOUND (the contact is not one of this tenant), TOOL_OUTPUT_TOO_LARGE, and what the tool throws
 */
export async function callTool(
  deps: ToolDeps,
  request: ToolCallRequest,
  record: CallRecord,
): Promise<Prisma.InputJsonObject | null> {
  const { tool, caller } = request;
  const { tenantId } = caller;
  request.onProgress?.('processing', 0);
  const isOutside = asksOutside(tool);
  if (isOutside) await deps.db.withTenant(tenantId, (tx) => requireContact(tx, request));
  const brought = isOutside ? await lookOutside(deps, request) : NOTHING_BROUGHT;
  return deps.db.withTenant(tenantId, async (tx) => {
    if (!(await record.claim(tx))) return null;
    const output = await runInside(tx, request, brought);
    await record.finish(tx, output);
    return output;
  });
}

/** Whether a part of the work comes before its transaction. */
export function asksOutside({ look, fetch }: Tool): boolean {
  return look !== null || fetch !== null;
}

/** What a tool brought from the outside: all of its answer, or what its work in the transaction goes on with. */
export interface Brought {
  answer: Prisma.InputJsonObject | null;
  found: unknown;
}

export const NOTHING_BROUGHT: Brought = { answer: null, found: null };

/** The part of the work that asks the outside. @throws AppError TOOL_OUTPUT_TOO_LARGE, and what the tool throws */
export async function lookOutside(deps: ToolDeps, request: ToolCallRequest): Promise<Brought> {
  const { tool, caller, input, attempt } = request;
  const context = { ...contextOf(request), attempt };
  return namingArguments(tool, async () => ({
    answer: tool.look ? bounded(await tool.look(deps, input, context), caller) : null,
    found: tool.fetch ? await tool.fetch(deps, input, context) : null,
  }));
}

/** The part within the transaction. @throws AppError NOT_FOUND (contact), TOOL_OUTPUT_TOO_LARGE, and what the tool throws */
export async function runInside(
  tx: Tx,
  request: ToolCallRequest,
  { answer, found }: Brought,
): Promise<Prisma.InputJsonObject> {
  const { tool, caller, input } = request;
  if (answer) return answer;
  const { run } = tool;
  if (!run) throw new AppError('INTERNAL_ERROR', `The tool ${tool.name} does nothing`);
  const work = () =>
    namingArguments(tool, async () => bounded(await run(tx, input, contextOf(request), found), caller));
  // What only reads leaves together with the look at the contact; what it finds is nobody's before that is answered.
  const contact = requireContact(tx, request);
  if (tool.access !== 'read') await contact;
  const [known, output] = await Promise.allSettled([contact, work()]);
  if (known.status === 'rejected') throw known.reason;
  if (output.status === 'rejected') throw output.reason;
  return output.value;
}

/** So that no tool can forget it: an id of another tenant, or of a deleted contact, is nobody's. @throws AppError NOT_FOUND */
export async function requireContact(tx: Tx, { caller: { tenantId }, contactId }: ToolCallRequest): Promise<void> {
  if (contactId !== null) await assertContact(tx, tenantId, contactId);
}

function contextOf({ caller, contactId, callId, onProgress }: ToolCallRequest): ToolContext {
  const { tenantId } = caller;
  const tell: TellProgress = onProgress ?? (() => undefined);
  if (caller.kind === 'operator')
    return {
      tenantId,
      contactId,
      callId,
      tell,
      turn: null,
      isAgent: isAgent(caller),
      authority: caller.authority ?? null,
      by: { by: 'user', user_id: caller.userId },
    };
  const { turn } = caller;
  const by = { by: 'agent', turn_id: turn.turnId } as const;
  return { tenantId, contactId, callId, tell, turn, isAgent: true, authority: null, by };
}

/** Of a turn, or one that works for an operator: what it says is a model's word, and a model reads the answer. */
function isAgent(caller: ToolCaller): boolean {
  return caller.kind === 'agent' || caller.authority?.via === 'agent';
}

function bounded(output: Prisma.InputJsonObject, caller: ToolCaller): Prisma.InputJsonObject {
  const limit = isAgent(caller) ? MAX_AGENT_OUTPUT_BYTES : MAX_OPERATOR_OUTPUT_BYTES;
  const storable = storableJson(output);
  const sizeBytes = Buffer.byteLength(JSON.stringify(storable));
  if (sizeBytes <= limit) return storable;
  throw new AppError(
    'TOOL_OUTPUT_TOO_LARGE',
    `The answer would have ${sizeBytes} bytes, and at most ${limit} are given; ask for less: a smaller limit or a narrower filter`,
    { details: { sizeBytes, limit } },
  );
}

import { z } from 'zod';
import type { Prisma } from '../../database';
import { AppError } from '../../errors';
import type { ToolCall, ToolDefinition } from '../../providers/ports';
import type { AgentDeps } from '../deps';
import { finishToolStep, type CheckedCall } from '../steps';
import { loadTurnHead } from '../turn-context';
import type { ToolCallRef, ToolName } from '../types';
import { escalateToHumanTool } from './escalate-to-human';
import { getContactFactsTool } from './get-contact-facts';
import { searchMemoryTool } from './search-memory';
import type { Tool } from './types';
import { updateContactTool } from './update-contact';

const TOOLS: Record<ToolName, Tool> = {
  search_memory: searchMemoryTool,
  get_contact_facts: getContactFactsTool,
  update_contact: updateContactTool,
  escalate_to_human: escalateToHumanTool,
};

/** The tools as a model is offered them. */
export function toolDefinitions(): ToolDefinition[] {
  return Object.values(TOOLS).map(({ name, description, input }) => ({
    name,
    description,
    parameters: z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }),
  }));
}

/** Checks a call as the model wrote it: a known tool, and arguments of its form. Nothing runs. */
export function checkCall(call: ToolCall): CheckedCall {
  const tool = toolNamed(call.name);
  if (!tool)
    return { call, input: {}, refusal: `There is no tool ${call.name}. Use one of: ${Object.keys(TOOLS).join(', ')}.` };
  let written: unknown;
  try {
    written = JSON.parse(call.argumentsJson || '{}');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { call, input: {}, refusal: 'The arguments are not JSON. Call the tool again with a JSON object.' };
  }
  const parsed = tool.input.safeParse(written);
  if (!parsed.success) return { call, input: {}, refusal: `The arguments are wrong: ${z.prettifyError(parsed.error)}` };
  return { call, input: parsed.data as Prisma.InputJsonObject, refusal: null };
}

/**
 * Runs one stored call. Running it again after it finished changes nothing.
 *
 * @throws AppError NOT_FOUND for a call that no model asked for
 */
export async function runTool(
  deps: AgentDeps,
  name: ToolName,
  ref: ToolCallRef,
  attempt: { activityKey: string; signal: AbortSignal },
): Promise<void> {
  const { tenantId, turnId, step, callId } = ref;
  const { row, head } = await deps.db.withTenant(tenantId, async (tx) => ({
    row: await tx.decisionStep.findUnique({
      where: { tenantId_groupId_step_callId: { tenantId, groupId: turnId, step, callId } },
    }),
    head: await loadTurnHead(tx, ref),
  }));
  if (!row || row.tool !== name) throw new AppError('NOT_FOUND', `No call of ${name} was asked for in this step`);
  if (row.status !== 'requested') return;
  const tool = TOOLS[name];
  await tool.run(tool.input.parse(row.input), {
    deps,
    ref,
    head,
    attempt,
    finish: (tx, output) => finishToolStep(tx, ref, { status: 'done', output }),
  });
}

function toolNamed(name: string): Tool | undefined {
  return Object.hasOwn(TOOLS, name) ? TOOLS[name as ToolName] : undefined;
}

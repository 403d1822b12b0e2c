import type { CallToolResult, Tool } from '@modelcontextprotocol/server';
import { AppError } from '../../core/errors';
import type { Logger } from '../../core/logging/logger';
import { toolsFor, type ListedTool } from '../../core/tools/catalogue';
import { executeTool } from '../../core/tools/execute';
import type { ToolDeps } from '../../core/tools/types';
import { toAppError } from '../http/errors';
import { MAX_IDEMPOTENCY_KEY_LENGTH } from '../http/idempotency-key';
import type { Caller } from '../http/route';

/** Arguments of the protocol's callers that no tool has: how to call, not what with. */
const DRY_RUN = {
  type: 'boolean',
  default: true,
  description: 'true (default): say what would happen and change nothing. false: do it.',
};
const IDEMPOTENCY_KEY = {
  type: 'string',
  minLength: 1,
  maxLength: MAX_IDEMPOTENCY_KEY_LENGTH,
  description: 'A second call with the same key finds the answer of the first and changes nothing.',
};

/** The tools this key may call, as the protocol lists them. */
export function listTools({ scopes }: Pick<Caller, 'scopes'>): Tool[] {
  return toolsFor(scopes).map((tool) => ({
    name: tool.name,
    description: tool.description,
    inputSchema: inputSchema(tool) as Tool['inputSchema'],
    outputSchema: tool.outputSchema,
    annotations: {
      title: tool.name.replaceAll('_', ' '),
      readOnlyHint: tool.access === 'read',
      destructiveHint: tool.isDestructive,
      idempotentHint: tool.isIdempotent,
      openWorldHint: false,
    },
  }));
}

function inputSchema(tool: ListedTool): Record<string, unknown> {
  if (tool.access === 'read') return tool.inputSchema;
  const properties = tool.inputSchema['properties'] as Record<string, unknown>;
  return {
    ...tool.inputSchema,
    properties: { ...properties, dry_run: DRY_RUN, idempotency_key: IDEMPOTENCY_KEY },
  };
}

/**
 * Calls a tool for a client of the protocol. A refusal is a result that says so, by code and in words: the model behind
 * the client reads it and may do better.
 */
export async function callTool(
  deps: { tools: ToolDeps; logger: Logger },
  caller: Caller,
  request: { name: string; arguments: Record<string, unknown>; signal: AbortSignal },
): Promise<CallToolResult> {
  const { dry_run: dryRun, idempotency_key: key, ...args } = request.arguments;
  try {
    const { output, isDryRun } = await executeTool(deps.tools, {
      tenantId: caller.tenantId,
      userId: caller.userId,
      keyId: caller.keyId,
      scopes: caller.scopes,
      via: 'mcp',
      name: request.name,
      arguments: args,
      idempotencyKey: readKey(key),
      isDryRun: dryRun !== false,
      signal: request.signal,
    });
    const answer = { type: 'text' as const, text: JSON.stringify(output) };
    const note = {
      type: 'text' as const,
      text: 'Dry run: nothing was changed. Call again with dry_run: false to do it.',
    };
    return { content: isDryRun ? [note, answer] : [answer], structuredContent: output };
  } catch (error) {
    const known = toAppError(error);
    if (known.code === 'INTERNAL_ERROR') deps.logger.error({ err: error, tool: request.name }, 'a tool call failed');
    return { isError: true, content: [{ type: 'text', text: `${known.code}: ${known.message}` }] };
  }
}

/** A key that cannot be kept is refused: without it the call might happen twice. @throws AppError VALIDATION_ERROR */
function readKey(key: unknown): string | null {
  if (key === undefined || key === null) return null;
  if (typeof key === 'string' && key.length >= 1 && key.length <= MAX_IDEMPOTENCY_KEY_LENGTH) return key;
  const field = {
    field: 'idempotency_key',
    message: `must be a text of 1 to ${MAX_IDEMPOTENCY_KEY_LENGTH} characters`,
  };
  throw new AppError('VALIDATION_ERROR', `${field.field} ${field.message}`, { fields: [field] });
}

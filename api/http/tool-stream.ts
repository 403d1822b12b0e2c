import { executeTool } from '../../core/tools/execute';
import { TOOL_PHASES, type TellProgress } from '../../core/tools/types';
import { AppError } from '../../core/errors';
import { closedSignal } from './closed-signal';
import type { EdgeDeps } from './edge';
import { toAppError } from './errors';
import { HEARTBEAT_MS, openEventStream, streamHeaders, streamOf } from './event-stream';
import { problemOf, problemSchema } from './problem';
import { route, type Route } from './route';
import { jsonObject, uuid, z } from './zod';

const MAX_ARGUMENTS_CHARACTERS = 8_000;

const progressSchema = z.object({
  tool_name: z.string(),
  progress: z.number().min(0).max(1).openapi({ description: 'Of the work of this phase' }),
});
const doneSchema = progressSchema.extend({ call_id: uuid(), result: jsonObject(), dry_run: z.boolean() });

/** Of each event, by its name. */
const eventSchema = z.union([progressSchema, doneSchema, problemSchema]).openapi('ToolEvent');

const streamQuery = z.object({
  arguments: z
    .string()
    .max(MAX_ARGUMENTS_CHARACTERS)
    .default('{}')
    .openapi({ description: 'The arguments as JSON', example: '{"period":"month","status":"all"}' }),
});

export function toolStreamRoutes({ tools, logger }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/mcp/stream/{tool}',
      tag: 'tools',
      summary: 'Call a tool and watch how far it is',
      description:
        `Server-sent events: ${TOOL_PHASES.map((phase) => `\`${phase}\``).join(', ')} as they come, then \`done\` with the ` +
        'result or `error` with a problem. What is wrong with the call itself is a problem as everywhere. Needs the scope of ' +
        'the tool. A tool that changes something is only rehearsed: to make it happen, use `/api/v1/mcp/execute`. A browser ' +
        'that connects again after the end is answered 204, so that it stops.',
      scope: 'self',
      params: z.object({ tool: z.string().min(1).max(64) }),
      query: streamQuery,
      headers: streamHeaders,
      response: streamOf(eventSchema),
      async handler({ caller: { tenantId, userId, keyId, scopes }, params, query, request, requestId, response }) {
        // Only the last event has an id: who names it was told how the call ended.
        if (request.get('last-event-id')) {
          response.status(204).end();
          return;
        }
        const write = (name: string, data: object, id = '') =>
          void response.write(`${id && `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
        const onProgress: TellProgress = (phase, progress) => {
          if (!response.headersSent) openEventStream(response);
          write(phase, { tool_name: params.tool, progress });
        };
        const alive = setInterval(() => response.headersSent && response.write(': at work\n\n'), HEARTBEAT_MS);
        try {
          const { callId, tool, output, isDryRun } = await executeTool(tools, {
            tenantId,
            userId,
            keyId,
            scopes,
            via: 'rest',
            name: params.tool,
            arguments: readArguments(query.arguments),
            idempotencyKey: null,
            isDryRun: true,
            signal: closedSignal(response),
            onProgress,
          });
          write('done', { tool_name: tool, progress: 1, call_id: callId, result: output, dry_run: isDryRun }, callId);
        } catch (error) {
          if (!response.headersSent) throw error;
          const known = toAppError(error);
          if (known.httpStatus >= 500) logger.error({ err: error, code: known.code, requestId }, 'a tool call failed');
          write('error', problemOf(known, requestId), requestId);
        } finally {
          clearInterval(alive);
          if (response.headersSent) response.end();
        }
      },
    }),
  ];
}

/** @throws AppError VALIDATION_ERROR */
function readArguments(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const message = 'must be JSON';
    throw new AppError('VALIDATION_ERROR', `arguments: ${message}`, { fields: [{ field: 'arguments', message }] });
  }
}

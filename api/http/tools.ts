import { listToolCalls } from '../../core/tools/audit';
import { toolsFor } from '../../core/tools/catalogue';
import { executeTool } from '../../core/tools/execute';
import { closedSignal } from './closed-signal';
import type { EdgeDeps } from './edge';
import { idempotencyKey, MAX_IDEMPOTENCY_KEY_LENGTH } from './idempotency-key';
import { present } from './present';
import { route, type Route } from './route';
import { jsonObject, pageOf, pageQuery, timestamp, uuid, z } from './zod';

const approvalSchema = z.object({
  kind: z.enum(['above', 'always']),
  argument: z.string().optional(),
  limit: z.number().optional(),
  reason: z.string(),
});

const toolSchema = z
  .object({
    name: z.string(),
    aliases: z.array(z.string()),
    description: z.string(),
    about: z.string().openapi({ description: 'Whom a call is about: contact, any_contact, tenant or nothing' }),
    access: z.enum(['read', 'write']),
    scope: z.string(),
    cost: z.enum(['free', 'paid']),
    is_idempotent: z.boolean(),
    is_destructive: z.boolean(),
    calls_per_minute: z.number().int(),
    approval: z.array(approvalSchema).openapi({ description: 'When a person must approve a call of an agent' }),
    input_schema: jsonObject(),
    output_schema: jsonObject(),
    examples: z.array(z.object({ says: z.string(), arguments: jsonObject() })),
  })
  .openapi('Tool');

const executeBody = z
  .object({
    tool_name: z.string().min(1).max(64),
    arguments: z.record(z.string(), z.json()).default({}).openapi({ type: 'object', additionalProperties: true }),
    dry_run: z.boolean().default(false).openapi({ description: 'Answer what a write would do, and change nothing' }),
  })
  .strict()
  .openapi('ToolExecution');

const resultSchema = z
  .object({
    call_id: uuid(),
    tool_name: z.string(),
    result: jsonObject(),
    dry_run: z.boolean(),
  })
  .openapi('ToolResult');

const callSchema = z
  .object({
    id: uuid(),
    tool: z.string(),
    via: z.string(),
    user_id: uuid().nullable(),
    contact_id: uuid().nullable(),
    status: z.string(),
    error_code: z.string().nullable(),
    created_at: timestamp(),
    finished_at: timestamp().nullable(),
  })
  .openapi('ToolCall');

const callsQuery = pageQuery.extend({
  tool: z.string().max(64).optional(),
  contact_id: uuid().optional(),
  via: z.string().max(20).optional().openapi({ description: '`rest`, `mcp`, `grpc` or `agent`' }),
  status: z.string().max(20).optional(),
});

export function toolRoutes({ db, paging, tools }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/mcp/tools',
      tag: 'tools',
      summary: 'The tools this key may call',
      scope: 'self',
      response: { status: 200, description: 'The tools', body: z.object({ data: z.array(toolSchema) }) },
      handler: ({ caller: { scopes } }) => ({
        data: toolsFor(scopes).map((tool) => toolSchema.parse(present(tool))),
      }),
    }),
    route({
      method: 'post',
      path: '/api/v1/mcp/execute',
      tag: 'tools',
      summary: 'Call a tool',
      description:
        'Needs the scope of the tool. A tool about a contact takes its `contact_id` among the arguments. With ' +
        '`Idempotency-Key` a repeated call finds the stored answer (`Idempotency-Replayed: true`).',
      scope: 'self',
      headers: z.object({ 'Idempotency-Key': z.string().min(1).max(MAX_IDEMPOTENCY_KEY_LENGTH).optional() }),
      body: executeBody,
      response: { status: 200, description: 'What the tool answers', body: resultSchema },
      async handler({ caller: { tenantId, userId, keyId, scopes }, body, request, response }) {
        const { callId, tool, output, isDryRun, isReplay } = await executeTool(tools, {
          tenantId,
          userId,
          keyId,
          scopes,
          via: 'rest',
          name: body.tool_name,
          arguments: body.arguments,
          idempotencyKey: idempotencyKey(request.get('idempotency-key')),
          isDryRun: body.dry_run,
          signal: closedSignal(response),
        });
        if (isReplay) response.setHeader('Idempotency-Replayed', 'true');
        return { call_id: callId, tool_name: tool, result: output, dry_run: isDryRun };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/tool-calls',
      tag: 'tools',
      summary: 'Who called which tool, newest first',
      description: 'Calls by REST, MCP and gRPC. Those of agents are in their decision records.',
      scope: 'audit.view',
      query: callsQuery,
      response: { status: 200, description: 'A page of calls', body: pageOf(callSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'tool-calls' }, query, (page) => {
          const { tool, contact_id: contactId, via, status } = query;
          const filter = { tool, contactId, via, status };
          return db.withTenant(tenantId, (tx) => listToolCalls(tx, tenantId, { ...page, ...filter }));
        }),
    }),
  ];
}

import { previewRoute } from '../../core/agents/team/preview-route';
import type { Config } from '../../core/config';
import type { Database } from '../../core/database';
import type { Logger } from '../../core/logging/logger';
import { withinDeadline } from '../../core/memory';
import { toolsFor, type ListedTool } from '../../core/tools/catalogue';
import { executeTool } from '../../core/tools/execute';
import type { ToolDeps } from '../../core/tools/types';
import { z } from 'zod';
import { requireScope } from '../api-key';
import { MAX_IDEMPOTENCY_KEY_LENGTH } from '../http/idempotency-key';
import { approvalMethods } from './approvals';
import type { AgentServiceServer, Tool } from './generated/ventros/agent/v1/agent';
import type { GrpcPaging } from './paging';
import { optionalId, readRequest } from './requests';
import { DATABASE_LIMIT_MS } from './serve';
import { unary } from './unary';
import { struct } from './wire-values';
import { databaseWithin } from './within-deadline';

export interface AgentServiceDeps {
  db: Database;
  logger: Logger;
  config: Pick<Config, 'INTENT_ROUTERS'>;
  tools: ToolDeps;
  paging: GrpcPaging;
}

/** Domain reference, section 8: an agent has 30 s, and 60 s when the client asks for more. */
const TOOL_DEFAULT_MS = 30_000;
const TOOL_LIMIT_MS = 60_000;

const executeRequest = z.object({
  tool_name: z.string().min(1).max(64),
  arguments: z.record(z.string(), z.json()),
  idempotency_key: z.string().max(MAX_IDEMPOTENCY_KEY_LENGTH),
});

const routeRequest = z.object({ message: z.string().trim().min(1).max(4096), conversation_id: optionalId });

export function agentService(deps: AgentServiceDeps): AgentServiceServer {
  const { db, config } = deps;
  return {
    listTools: unary(deps, {
      scope: 'self',
      maxDurationMs: DATABASE_LIMIT_MS,
      handle: (_request, { scopes }) => Promise.resolve({ tools: toolsFor(scopes).map(presentTool) }),
    }),

    executeTool: unary(deps, {
      // Each tool has its own.
      scope: 'self',
      maxDurationMs: TOOL_LIMIT_MS,
      defaultDurationMs: TOOL_DEFAULT_MS,
      async handle(request, { tenantId, userId, keyId, scopes, deadline, signal }) {
        const input = readRequest(executeRequest, {
          tool_name: request.toolName,
          arguments: request.arguments ?? {},
          idempotency_key: request.idempotencyKey,
        });
        const { callId, tool, output, isDryRun, isReplay } = await executeTool(
          { ...deps.tools, db: databaseWithin(db, deadline) },
          {
            tenantId,
            userId,
            keyId,
            scopes,
            via: 'grpc',
            name: input.tool_name,
            arguments: input.arguments,
            idempotencyKey: input.idempotency_key || null,
            isDryRun: request.dryRun,
            signal,
          },
        );
        return { callId, toolName: tool, result: struct(output), dryRun: isDryRun, replayed: isReplay };
      },
    }),

    routeToAgent: unary(deps, {
      scope: 'members.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, context) {
        const input = readRequest(routeRequest, {
          message: request.message,
          conversation_id: request.conversationId,
        });
        if (input.conversation_id) requireScope(context, 'sessions.view');
        const { tenantId, deadline } = context;
        const preview = await withinDeadline(db, tenantId, deadline, (tx) =>
          previewRoute(tx, tenantId, {
            text: input.message,
            conversationId: input.conversation_id,
            routers: config.INTENT_ROUTERS,
          }),
        );
        const { decision, route, isUnsure: unsure, escalations } = preview;
        const { intent, confidence, scores, inherited } = decision;
        const { agentId, key: agentKey, versionNumber: agentVersion } = route.agent;
        return {
          ...{ intent, confidence, scores, inherited, unsure },
          ...{ agentId, agentKey, agentVersion, routeReason: route.reason },
          escalations: escalations.map(({ rule, reason }) => ({ rule, reason })),
        };
      },
    }),

    ...approvalMethods(deps),
  };
}

function presentTool({ inputSchema, outputSchema, approval, examples, aliases, ...tool }: ListedTool): Tool {
  return {
    ...tool,
    aliases: [...aliases],
    approval: approval.map((rule) =>
      rule.kind === 'above' ? { ...rule } : { ...rule, argument: '', limit: undefined },
    ),
    inputSchema: struct(inputSchema),
    outputSchema: struct(outputSchema),
    examples: examples.map(({ says, arguments: written }) => ({ says, arguments: struct(written) })),
  };
}

import { getApproval, listApprovals } from '../../core/agents/approvals/list';
import { resolveApproval } from '../../core/agents/approvals/resolve';
import { changeApprovalSettings, loadApprovalSettings } from '../../core/agents/approvals/settings';
import {
  APPROVAL_STATUSES,
  APPROVAL_VERBS,
  ON_EXPIRY,
  TOOL_POLICIES,
  type ApprovalSettings,
} from '../../core/agents/approvals/types';
import { SUPERVISOR_SCOPE } from '../../core/tools/rules';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, jsonObject, pageOf, pageQuery, timestamp, uuid, z } from './zod';

export const approvalSchema = z
  .object({
    id: uuid(),
    conversation_id: uuid(),
    group_id: uuid().openapi({ description: 'The turn that waits' }),
    tool: z.string(),
    rule: z.string().openapi({ description: 'Which rule wants a person' }),
    rule_reason: z.string(),
    input: jsonObject().openapi({ description: 'The arguments as the agent wrote them' }),
    edited_input: jsonObject().nullable().openapi({ description: 'Those that a person put in their place' }),
    status: z.enum(APPROVAL_STATUSES),
    on_expiry: z.enum(ON_EXPIRY).openapi({ description: 'What happens when nobody decides in time' }),
    expires_at: timestamp(),
    reason: z.string().nullable(),
    response: z.string().nullable().openapi({ description: 'What the agent was told instead of the tool’s answer' }),
    resolved_by: uuid().nullable(),
    resolved_at: timestamp().nullable(),
    created_at: timestamp(),
  })
  .openapi('Approval');

const listQuery = pageQuery.extend({
  status: z.enum(APPROVAL_STATUSES).optional(),
  conversation_id: uuid().optional(),
  contact_id: uuid().optional(),
  tool: z.string().max(64).optional(),
});

const resolveBody = z
  .object({
    verb: z.enum(APPROVAL_VERBS),
    reason: z.string().trim().min(1).max(1000).optional(),
    arguments: z
      .record(z.string(), z.json())
      .optional()
      .openapi({ type: 'object', additionalProperties: true, description: 'Of `edit`: all arguments of the call' }),
    response: z.string().trim().min(1).max(4000).optional().openapi({ description: 'Of `respond`' }),
  })
  .strict()
  .openapi('ApprovalDecision');

const settings = {
  wait_seconds: z.number().int().min(10).max(86_400).openapi({ description: 'How long a call waits for a person' }),
  on_expiry: z.enum(ON_EXPIRY),
  tool_policies: z
    .record(z.string().max(64), z.enum(TOOL_POLICIES))
    .openapi({ description: 'By tool. `ask`: each call of an agent waits; `never`: agents may not call it' }),
};
const settingsSchema = z.object(settings).openapi('ApprovalSettings');
const settingsBody = z.object(settings).partial().strict().openapi('ApprovalSettingsChange');

export function approvalRoutes({ db, paging }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/approvals',
      tag: 'approvals',
      summary: 'List calls of agents that wait or waited for a person, newest first',
      scope: 'audit.view',
      query: listQuery,
      response: { status: 200, description: 'A page of approvals', body: pageOf(approvalSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'approvals' }, query, (at) => {
          const { status, conversation_id: conversationId, contact_id: contactId, tool } = query;
          const filter = { status, conversationId, contactId, tool };
          return db.withTenant(tenantId, (tx) => listApprovals(tx, tenantId, { ...at, ...filter }));
        }),
    }),
    route({
      method: 'get',
      path: '/api/v1/approvals/{id}',
      tag: 'approvals',
      summary: 'Read a call that waits or waited for a person',
      scope: 'audit.view',
      params: idParams,
      response: { status: 200, description: 'The approval', body: approvalSchema },
      async handler({ caller: { tenantId }, params }) {
        const ref = { tenantId, approvalId: params.id };
        return approvalSchema.parse(present(await db.withTenant(tenantId, (tx) => getApproval(tx, ref))));
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/approvals/{id}/resolve',
      tag: 'approvals',
      summary: 'Decide about a call that waits, once',
      description:
        '`approve` lets it run as it is and `edit` with other arguments; both need the scope of the tool. `reject` tells the ' +
        'agent that it may not, `respond` gives it an answer instead of the tool’s. What was decided before is ' +
        'APPROVAL_RESOLVED, what nobody decided in time APPROVAL_EXPIRED; neither changes anything.',
      scope: SUPERVISOR_SCOPE,
      params: idParams,
      body: resolveBody,
      response: { status: 200, description: 'The approval', body: approvalSchema },
      async handler({ caller: { tenantId, userId, scopes }, params, body }) {
        const { verb, reason = null, ...also } = body;
        const approval = await resolveApproval(db, {
          tenantId,
          approvalId: params.id,
          by: { userId, scopes },
          decision: {
            verb,
            reason,
            ...(also.arguments === undefined ? {} : { arguments: also.arguments }),
            ...(also.response === undefined ? {} : { response: also.response }),
          },
        });
        return approvalSchema.parse(present(approval));
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/approval-settings',
      tag: 'approvals',
      summary: 'How long calls wait for a person, what happens then, and what holds for single tools',
      scope: 'settings.view',
      response: { status: 200, description: 'The settings', body: settingsSchema },
      handler: ({ caller: { tenantId } }) =>
        db.withTenant(tenantId, async (tx) => show(await loadApprovalSettings(tx, tenantId))),
    }),
    route({
      method: 'patch',
      path: '/api/v1/approval-settings',
      tag: 'approvals',
      summary: 'Change when and how long calls of agents wait for a person',
      description:
        '`tool_policies` replaces the whole map. Calls that wait already keep what held when they were made.',
      scope: 'settings.manage',
      body: settingsBody,
      response: { status: 200, description: 'The settings', body: settingsSchema },
      handler: ({ caller: { tenantId }, body }) =>
        db.withTenant(tenantId, async (tx) =>
          show(
            await changeApprovalSettings(tx, tenantId, {
              ...(body.wait_seconds === undefined ? {} : { waitSeconds: body.wait_seconds }),
              ...(body.on_expiry === undefined ? {} : { onExpiry: body.on_expiry }),
              ...(body.tool_policies === undefined ? {} : { toolPolicies: body.tool_policies }),
            }),
          ),
        ),
    }),
  ];
}

function show({ waitSeconds, onExpiry, toolPolicies }: ApprovalSettings) {
  return { wait_seconds: waitSeconds, on_expiry: onExpiry, tool_policies: { ...toolPolicies } };
}

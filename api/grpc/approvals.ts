import { listApprovals, type ApprovalRow } from '../../core/agents/approvals/list';
import { resolveApproval } from '../../core/agents/approvals/resolve';
import { APPROVAL_STATUSES, APPROVAL_VERBS } from '../../core/agents/approvals/types';
import type { Database } from '../../core/database';
import type { Logger } from '../../core/logging/logger';
import { withinDeadline } from '../../core/memory';
import { SUPERVISOR_SCOPE } from '../../core/tools/rules';
import { z } from 'zod';
import {
  ApprovalStatus,
  ApprovalVerb as WireVerb,
  type AgentServiceServer,
  type Approval,
} from './generated/ventros/agent/v1/agent';
import type { GrpcPaging } from './paging';
import { id, optionalId, readRequest } from './requests';
import { DATABASE_LIMIT_MS } from './serve';
import { unary } from './unary';
import { byWireNumber, readEnum, struct, wireNumber } from './wire-values';
import { databaseWithin } from './within-deadline';

const STATUS_PREFIX = 'APPROVAL_STATUS';
const STATUSES = byWireNumber(ApprovalStatus, STATUS_PREFIX, APPROVAL_STATUSES);
const VERBS = byWireNumber(WireVerb, 'APPROVAL_VERB', APPROVAL_VERBS);

const listRequest = z.object({ conversation_id: optionalId });
const resolveRequest = z.object({
  approval_id: id,
  reason: z.string().trim().max(1000),
  arguments: z.record(z.string(), z.json()).optional(),
  response: z.string().trim().max(4000),
});

/** The methods of AgentService about calls that wait for a person. */
export function approvalMethods(deps: {
  db: Database;
  logger: Logger;
  paging: GrpcPaging;
}): Pick<AgentServiceServer, 'listApprovals' | 'resolveApproval'> {
  const { db, paging } = deps;
  return {
    listApprovals: unary(deps, {
      scope: 'audit.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, deadline }) {
        const { conversation_id: conversationId } = readRequest(listRequest, {
          conversation_id: request.conversationId,
        });
        const status = readStatus(request.status);
        const { items, nextPageToken } = await paging.load({ tenantId, list: 'approvals' }, request, (page) =>
          withinDeadline(db, tenantId, deadline, (tx) =>
            listApprovals(tx, tenantId, { ...page, status, conversationId: conversationId ?? undefined }),
          ),
        );
        return { approvals: items.map(presentApproval), nextPageToken };
      },
    }),

    resolveApproval: unary(deps, {
      scope: SUPERVISOR_SCOPE,
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, userId, scopes, deadline }) {
        const verb = readEnum('verb', request.verb, VERBS);
        const input = readRequest(resolveRequest, {
          approval_id: request.approvalId,
          reason: request.reason,
          arguments: request.arguments,
          response: request.response,
        });
        const approval = await resolveApproval(databaseWithin(db, deadline), {
          tenantId,
          approvalId: input.approval_id,
          by: { userId, scopes },
          decision: {
            verb,
            reason: input.reason || null,
            ...(input.arguments === undefined ? {} : { arguments: input.arguments }),
            ...(input.response ? { response: input.response } : {}),
          },
        });
        return { approval: presentApproval(approval) };
      },
    }),
  };
}

function readStatus(wire: ApprovalStatus) {
  return wire === ApprovalStatus.APPROVAL_STATUS_UNSPECIFIED ? undefined : readEnum('status', wire, STATUSES);
}

function presentApproval({ id: approvalId, input, editedInput, status, ...row }: ApprovalRow): Approval {
  return {
    ...row,
    approvalId,
    input: struct(input),
    editedInput: editedInput === null ? undefined : struct(editedInput),
    status: wireNumber(ApprovalStatus, STATUS_PREFIX, status),
    reason: row.reason ?? '',
    response: row.response ?? '',
    resolvedBy: row.resolvedBy ?? '',
    resolvedAt: row.resolvedAt ?? undefined,
  };
}

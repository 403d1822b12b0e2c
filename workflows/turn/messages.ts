import { defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ApprovalVerb } from '../../core/agents/approvals/types';

/** Somebody decided about a call that waits; what, is on its row. */
export const approvalResolved = defineSignal<[{ approvalId: string }]>('approvalResolved');

/** As the REST route takes it, for whoever operates the workflows: it may decide about every call of this turn. */
export interface ResolveApprovalInput {
  approvalId: string;
  verb: ApprovalVerb;
  reason?: string;
  arguments?: Record<string, unknown>;
  response?: string;
}

/** @throws ApplicationFailure of the codes of `resolveApproval`; it is checked in the database, so a second one changes nothing */
export const resolveApproval = defineUpdate<{ status: string }, [ResolveApprovalInput]>('resolveApproval');

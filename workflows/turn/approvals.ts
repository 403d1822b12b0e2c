import { ActivityFailure, ApplicationFailure, condition, setHandler } from '@temporalio/workflow';
import type { AgentActivities } from '../../activities/agent';
import type { WaitingCall } from '../../core/agents/approvals/request';
import type { TurnRef } from '../../core/agents/types';
import { approvalResolved, resolveApproval } from './messages';

type ApprovalActivities = Pick<AgentActivities, 'settleApproval' | 'resolveApproval'>;

/**
 * Calls that wait for a person: a durable timer and a signal, while the row in the database decides. Nothing runs on the word
 * of a signal, so one that comes twice, late or for another call changes nothing.
 */
export function approvals({ tenantId, turnId }: TurnRef, activities: ApprovalActivities) {
  const resolved = new Set<string>();
  setHandler(approvalResolved, ({ approvalId }) => void resolved.add(approvalId));
  setHandler(resolveApproval, async (request) => {
    try {
      const { status } = await activities.resolveApproval({ tenantId, turnId, ...request });
      resolved.add(request.approvalId);
      return { status };
    } catch (error) {
      // What the person did wrong fails the update and not the turn.
      if (error instanceof ActivityFailure && error.cause instanceof ApplicationFailure) throw error.cause;
      throw error;
    }
  });
  return {
    /** Waits until somebody decided or the time is over. */
    async outcomeOf({ approvalId, waitMs }: WaitingCall): Promise<'run' | 'told' | 'escalate'> {
      for (let leftMs = waitMs; ;) {
        await condition(() => resolved.has(approvalId), leftMs);
        resolved.delete(approvalId);
        const settled = await activities.settleApproval({ tenantId, approvalId });
        if (settled.next !== 'waiting') return settled.next;
        // The clocks of server and database differ a little.
        leftMs = Math.max(settled.waitMs, 100);
      }
    },
  };
}

export type Approvals = ReturnType<typeof approvals>;

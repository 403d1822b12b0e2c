import { callModel } from '../core/agents/call-model';
import { requestApprovals } from '../core/agents/approvals/request';
import { resolveTurnApproval, type TurnApprovalDecision } from '../core/agents/approvals/resolve-in-turn';
import { settleApproval } from '../core/agents/approvals/settle';
import type { ApprovalRef } from '../core/agents/approvals/types';
import type { AgentDeps } from '../core/agents/deps';
import { prepareTurn } from '../core/agents/prepare-turn';
import { recallMemory, recordRecallFailure } from '../core/agents/recall-memory';
import { createIntentRefiner } from '../core/agents/intents/route-intent';
import type { Intent, IntentVote, RouterName } from '../core/agents/intents/types';
import { finishToolStep } from '../core/agents/steps';
import type { HandOverReason, ToolCallRef, TurnRef } from '../core/agents/types';
import { handOver, writeReply } from '../core/agents/write-reply';
import type { SendingDeps } from '../core/sending/send-message';
import { signTyping } from '../core/sending/show-typing';
import { asActivities, currentAttempt } from './support';

interface RefusedCalls extends TurnRef {
  step: number;
  callIds: string[];
  /** Which cap each of them met. Turns from before it was written down do not say. */
  refused?: { callId: string; rule: string }[];
}

export function createAgentActivities(deps: AgentDeps & SendingDeps) {
  const { db } = deps;
  const intents = createIntentRefiner(deps);
  return asActivities({
    prepareTurn: (turn: TurnRef) => {
      const { workflowId, runId, signal } = currentAttempt();
      return prepareTurn(deps, turn, { workflowId, runId, recalls: { signal } });
    },
    refineIntent: (request: TurnRef & { router: RouterName }) => intents.refine(request, currentAttempt()),
    voteIntent: (request: TurnRef & { router: RouterName }) => intents.vote(request, currentAttempt()),
    settleIntent: (request: TurnRef & { votes: IntentVote[]; intent: Intent }) => intents.settle(request),
    recallMemory: (turn: TurnRef) => recallMemory(deps, turn, currentAttempt()),
    recordRecallFailure: (failure: TurnRef & { code: string }) => recordRecallFailure(db, failure),
    callModel: (request: TurnRef & { step: number; provider: string }) => {
      const attempt = currentAttempt();
      // No activity of its own: the workflow would take a task to hear what nobody waits for.
      if (request.step === 1) signTyping(deps, request, attempt.signal);
      return callModel(deps, request, attempt);
    },
    recordToolFailure: ({ code, ...ref }: ToolCallRef & { code: string }) =>
      db.withTenant(ref.tenantId, (tx) =>
        finishToolStep(tx, ref, { status: 'failed', output: { error: `The tool failed (${code})` }, errorCode: code }),
      ),
    refuseCalls: ({ callIds, refused = [], ...at }: RefusedCalls) =>
      db.withTenant(at.tenantId, async (tx) => {
        const output = { error: 'Too many calls in this turn' };
        for (const callId of callIds) {
          const rule = refused.find((call) => call.callId === callId)?.rule;
          const result = { status: 'refused' as const, output, errorCode: 'RATE_LIMIT_EXCEEDED' };
          await finishToolStep(
            tx,
            { ...at, callId },
            rule === undefined ? result : { ...result, refusedBy: { rule, reason: output.error } },
          );
        }
      }),
    requestApprovals: (step: TurnRef & { step: number }) => requestApprovals(db, step),
    settleApproval: (ref: ApprovalRef) => settleApproval(db, ref),
    resolveApproval: (decision: TurnApprovalDecision) => resolveTurnApproval(db, decision),
    handOver: (request: TurnRef & { reason: HandOverReason }) => handOver(deps, request),
    writeReply: (turn: TurnRef) => writeReply(deps, turn),
  });
}

export type AgentActivities = ReturnType<typeof createAgentActivities>;

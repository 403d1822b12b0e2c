import { MAX_RETENTION_OFFERS } from '../../crm/retention-offers';
import { claimedLeadScore, leadAction } from '../../crm/lead-score';
import { CONFIDENCE_FLOOR } from '../intents/types';
import { approvalReasons } from '../../tools/rules';
import type { Tool } from '../../tools/types';
import type { CallVerdict, MemoryState, PolicyContext } from './types';

/** Domain reference, section 5: below it no discount, from 8 on a person. */
const OFFER_SEVERITY_FROM = 5;

type Input = Readonly<Record<string, unknown>>;
type CallRule = (context: PolicyContext, input: Input) => CallVerdict | null;

const refused = (rule: string, reason: string): CallVerdict => ({ decision: 'refused', rule, reason });
const needsApproval = (rule: string, reason: string): CallVerdict => ({ decision: 'needs_approval', rule, reason });

/** Nobody is stopped for ever because memory is out; then a person answers for the offer. */
const MEMORY_FIRST: Readonly<Record<MemoryState, CallVerdict | null>> = {
  read: null,
  unavailable: needsApproval(
    'retention_memory_first',
    'memory did not answer in this turn, so a person allows the offer',
  ),
  unread: refused('retention_memory_first', 'read the memory of this customer before offering'),
};

/** Rules of single tools. No instruction and no customer can talk an agent past them: they look at data. */
const RULES_OF: Readonly<Record<string, readonly CallRule[]>> = {
  create_retention_offer: [
    ({ signals: { offersMade } }) =>
      offersMade < MAX_RETENTION_OFFERS
        ? null
        : refused(
            'retention_attempts',
            `${offersMade} offers were made already, and ${MAX_RETENTION_OFFERS} are the most`,
          ),
    ({ signals: { severity } }) =>
      severity >= OFFER_SEVERITY_FROM
        ? null
        : refused('retention_severity', `severity ${severity} is below ${OFFER_SEVERITY_FROM}: no discount`),
    // Last, because it alone may ask a person, who need not be asked about what may not happen anyway.
    ({ memory }) => MEMORY_FIRST[memory],
  ],
  qualify_lead: [
    ({ leadEvidence }, input) => {
      const { status } = input;
      const score = claimedLeadScore(input, leadEvidence);
      if (status === 'qualified' && leadAction(score) === 'decline')
        return refused(
          'lead_score',
          `the customer's own words support ${score} points, and such a lead is declined, not qualified`,
        );
      const isScored = input['score'] !== undefined || input['bant'] !== undefined;
      return status === 'unqualified' && isScored && leadAction(score) === 'assign_now'
        ? refused('lead_score', `a lead of ${score} points goes to a seller now`)
        : null;
    },
  ],
};

/**
 * What policy says of a call whose form is right; null: it may run. The first rule that speaks decides, and a refusal goes
 * before an approval, because nobody should be asked about what may not happen anyway.
 */
export function judgeCall(
  tool: Pick<Tool, 'name' | 'approval'>,
  input: Input,
  context: PolicyContext,
): CallVerdict | null {
  const policy = context.toolPolicies[tool.name];
  if (policy === 'never') return refused('tool_never', `agents of this company do not use ${tool.name}`);
  for (const rule of RULES_OF[tool.name] ?? []) {
    const verdict = rule(context, input);
    if (verdict) return verdict;
  }
  const [reason] = approvalReasons(tool.approval, input);
  if (reason) return needsApproval(`approval_${reason}`, `${tool.name}: ${reason} is for a person to allow`);
  if (policy === 'ask') return needsApproval('tool_ask', `the company wants a person to allow each ${tool.name}`);
  if (tool.approval.length > 0 && context.intentConfidence < CONFIDENCE_FLOOR)
    return needsApproval(
      'approval_confidence',
      `what the customer wants is known with ${context.intentConfidence.toFixed(2)} only`,
    );
  return null;
}

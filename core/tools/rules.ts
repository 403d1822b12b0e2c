import type { Scope } from '../accounts/scopes';

/**
 * Why a call waits for a person before it runs. Data, so that policy can read it beside what the tenant has set:
 * - `above`: a numeric argument is over the limit (a discount in percent, an amount in the tenant's currency);
 * - `always`: whatever the arguments are (a contract changes).
 */
export type ApprovalRule =
  | { kind: 'above'; argument: string; limit: number; reason: ApprovalReason }
  | { kind: 'always'; reason: ApprovalReason };

export type ApprovalReason = 'discount' | 'amount' | 'contract_change' | 'legal';

/** Limits of the domain reference, section 5. */
export const MAX_DISCOUNT_PERCENT_ALONE = 30;
export const MAX_AMOUNT_ALONE = 500;

/** Who holds it may decide about calls that need a person, and make them. */
export const SUPERVISOR_SCOPE: Scope = 'members.manage';

/** Which of the rules a call with these checked arguments meets. Empty: it may run. */
export function approvalReasons(
  rules: readonly ApprovalRule[],
  input: Readonly<Record<string, unknown>>,
): ApprovalReason[] {
  const met = rules.filter((rule) => {
    if (rule.kind === 'always') return true;
    const value = input[rule.argument];
    return typeof value === 'number' && value > rule.limit;
  });
  return [...new Set(met.map(({ reason }) => reason))];
}

/** What an agent may be given of one call: more would push the conversation out of the model's context. */
export const MAX_AGENT_OUTPUT_BYTES = 24_000;
/** What an operator or a program may be given of one call. */
export const MAX_OPERATOR_OUTPUT_BYTES = 1_000_000;

/** Domain reference, section 11: reads, writes and calls of a model a minute, of one tool by one tenant. */
export const CALLS_PER_MINUTE = { read: 100, write: 20, paid: 10 } as const;

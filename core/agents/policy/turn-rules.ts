import type { AgentProfile } from '../team/types';
import type { AppliedRule, TurnSignals } from './types';

/** Domain reference, section 5, guardrails of retention. */
const ESCALATION = { sentimentBelow: -0.5, severityFrom: 8, lifetimeValueAbove: 50_000 } as const;
const MAX_RETENTION_REFUSALS = 3;

/** What is known before the agent says a word. */
interface TurnContext {
  /** Whether the agent serves customers who want to leave. */
  servesRetention: boolean;
  signals: TurnSignals;
}

type TurnRule = (context: TurnContext) => string | null;

/** Each says why a person must take over before the agent says a word, or null. */
const RULES: Readonly<Record<string, TurnRule>> = {
  retention_sentiment: ({ servesRetention, signals: { sentiment } }) =>
    servesRetention && sentiment < ESCALATION.sentimentBelow
      ? `sentiment ${sentiment} is below ${ESCALATION.sentimentBelow}`
      : null,
  complaint_severity: ({ signals: { severity, severityBecause } }) =>
    severity >= ESCALATION.severityFrom
      ? `severity ${severity} is ${ESCALATION.severityFrom} or more (${severityBecause.join(', ')})`
      : null,
  retention_customer_value: ({ servesRetention, signals: { lifetimeValue } }) =>
    servesRetention && lifetimeValue !== null && lifetimeValue > ESCALATION.lifetimeValueAbove
      ? `the customer is worth ${lifetimeValue}, more than ${ESCALATION.lifetimeValueAbove}`
      : null,
  retention_refusals: ({ servesRetention, signals: { offersRefused } }) =>
    servesRetention && offersRefused >= MAX_RETENTION_REFUSALS ? `${offersRefused} offers were refused` : null,
};

/** Every rule that wants a person for this turn, in the order of the table. */
export function turnEscalations({ intents }: Pick<AgentProfile, 'intents'>, signals: TurnSignals): AppliedRule[] {
  const context = { servesRetention: intents.includes('retention_churn'), signals };
  return Object.entries(RULES).flatMap(([rule, of]) => {
    const reason = of(context);
    return reason === null ? [] : [{ rule, decision: 'escalated' as const, reason }];
  });
}

/** Exactly these five (domain reference, section 5). */
export const INTENTS = [
  'sales_prospecting',
  'retention_churn',
  'support_technical',
  'support_billing',
  'general',
] as const;
export type Intent = (typeof INTENTS)[number];

/** Below this the general agent answers (domain reference, section 5). */
export const CONFIDENCE_FLOOR = 0.7;

/** One number from 0 to 1 for each intent. */
export type IntentScores = Record<Intent, number>;

/** `local`: trained weights, free. `embedding`: the nearest examples. `model`: a language model is asked. */
export const ROUTER_NAMES = ['local', 'embedding', 'model'] as const;
export type RouterName = (typeof ROUTER_NAMES)[number];

/** Whom a paid router works for, and within which activity. */
export interface RouterCall {
  tenantId: string;
  turnId: string;
  contactId: string;
  conversationId: string;
  /** What the turn before was about; null at a beginning. */
  previous: Intent | null;
  activityKey: string;
  signal: AbortSignal;
}

/** Reads the intent of what a customer wrote. Scores need not add up to 1; from the floor on, one stands out. */
export interface IntentRouter {
  readonly name: RouterName;
  route(text: string, call: RouterCall): Promise<IntentScores>;
}

export interface IntentDecision {
  intent: Intent;
  /** 0 to 1: how likely the chosen intent is right. Below .7 it is `general` because no other was sure. */
  confidence: number;
  scores: IntentScores;
  router: RouterName;
  /** Whether the message only says something with the turn before, and takes its intent. */
  inherited: boolean;
}

/** What one router holds for the intent, whether or not it is sure. */
export interface IntentVote {
  router: RouterName;
  intent: Intent;
  /** 0 to 1 */
  confidence: number;
}

/** `in_order`: the next router only while the ones before are not sure. `consensus`: all at once, and two thirds decide. */
export const INTENT_ROUTINGS = ['in_order', 'consensus'] as const;
export type IntentRouting = (typeof INTENT_ROUTINGS)[number];

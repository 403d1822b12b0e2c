export const INTENTS = [
  'sales_prospecting',
  'retention_churn',
  'support_technical',
  'support_billing',
  'general',
] as const;
export type Intent = (typeof INTENTS)[number];

export interface IntentDecision {
  intent: Intent;
  /** 0 to 1. */
  confidence: number;
  scores: Record<Exclude<Intent, 'general'>, number>;
}

/** Below this the general agent answers (domain reference, section 5). */
const CONFIDENCE_FLOOR = 0.7;

/** What people write, without accents, when they mean it. Domain reference, section 5. */
const CUES: Record<Exclude<Intent, 'general'>, RegExp[]> = {
  sales_prospecting: [
    /\bprecos?\b|\bquanto (custa|e|fica|sai)\b/,
    /\borcamentos?\b/,
    /\bcomprar\b|\btem (a|o|em)\b.*\bestoque\b/,
    /\bparcela|\bdesconto a vista\b/,
  ],
  retention_churn: [
    /\bcancel(ar|amento|o|a)\b/,
    /\bmuito caro\b|\bcaro demais\b/,
    /\bconcorren(te|cia)\b/,
    /\bdesist(ir|o|i)\b/,
  ],
  support_technical: [
    /\bnao (funciona|liga|esta funcionando|abre)\b/,
    /\berro\b|\bdefeito\b|\bproblema\b/,
    /\bquebr(ou|ada|ado)\b|\bvaz(a|ando|amento)\b/,
    /\btrocar?\b|\btroca\b|\bconsert/,
  ],
  support_billing: [
    /\bcobran[cç]a\b|\bcobrad[oa]s?\b/,
    /\bboletos?\b|\bfatura\b|\bnota fiscal\b/,
    /\breembolso\b|\bestorno\b/,
    /\bpagamento\b|\bpix\b/,
  ],
};

/**
 * Reads the intent from cue words: each kind of cue found once counts, and an intent stands out by the share it has of
 * all cues. Two cues of one intent and none of another are certain enough; one alone is not unless nothing else speaks.
 */
export function classifyIntent(text: string): IntentDecision {
  const plain = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const counts = Object.fromEntries(
    Object.entries(CUES).map(([intent, cues]) => [intent, cues.filter((cue) => cue.test(plain)).length]),
  ) as IntentDecision['scores'];
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const scores = Object.fromEntries(
    // One pseudo-count keeps a single cue at 0.5 … 0.75 instead of certainty.
    Object.entries(counts).map(([intent, count]) => [intent, total === 0 ? 0 : count / (total + 0.4)]),
  ) as IntentDecision['scores'];
  const [best, confidence] = Object.entries(scores).reduce<[Intent, number]>(
    (top, [intent, score]) => (score > top[1] ? [intent as Intent, score] : top),
    ['general', 0],
  );
  if (confidence >= CONFIDENCE_FLOOR) return { intent: best, confidence, scores };
  return { intent: 'general', confidence: 1 - confidence, scores };
}

import { tokenize } from './normalize';
import {
  CONFIDENCE_FLOOR,
  INTENTS,
  type Intent,
  type IntentDecision,
  type IntentScores,
  type IntentVote,
  type RouterName,
} from './types';

/** Intent of the turn before, in the same session. */
export interface PreviousIntent {
  intent: Intent;
  confidence: number;
  /** The last one of the session that was sure: a turn that nobody understood does not end what the talk is about. */
  lastSure: Intent | null;
  /** Whether the reply to it ended in a question. */
  endedInQuestion: boolean;
}

/** A message of so few words may lean on what the conversation is about. */
const LEANING_TOKENS = 6;
/** How much likelier a short message goes on with the last sure intent than its words alone say. */
const GOES_ON_ODDS = 4;

/** What people answer and confirm with: it says nothing without the question before it. */
const FILLERS = new Set(
  `ok okay okey sim s ss sii nao nn nops claro certo certinho isso mesmo exato exatamente pode ser quero aceito confirmo
  beleza blz bele perfeito combinado aham uhum hum ah ta tah bom entendi entendo compreendo sei e ai entao agora
  hoje amanha depois dia as h 0h hora horas o a os as um uma esse essa este esta aqui ali la segue anexo foto olha ve vai
  por favor faz favor pra mim primeiro primeira segundo segunda opcao 0 ? ! yes yep yeah no nope sure right exactly
  please that this one it here go ahead si dale bueno vale listo eso asi de acuerdo`.split(/\s+/),
);

/** Whether a message has no intent of its own: an answer, a number, an emoji, nothing at all. */
export function saysNothingItself(text: string): boolean {
  const tokens = tokenize(text);
  return tokens.length <= LEANING_TOKENS && tokens.every((token) => FILLERS.has(token) || !/[a-z]/.test(token));
}

/**
 * The intent of a message from what a router scored and what the conversation was about:
 *
 * 1. A message that says nothing itself (“ok”, “sim”, “👍”, “as 15h”) takes the intent of the turn before.
 * 2. A short one (“e o boleto?”, “quanto é?”) leans on the last sure intent of the session: its odds are multiplied.
 * 3. An answer to what the agent asked (“somos 8”, “sou eu que decido”) is general by its words, and goes on with the turn before.
 * 4. Below the floor of 0.7 nobody is sure, and the general agent answers.
 */
export function decideIntent(
  text: string,
  scores: IntentScores,
  { router, previous }: { router: RouterName; previous: PreviousIntent | null },
): IntentDecision {
  const goesOn = (before: PreviousIntent): IntentDecision => {
    return { intent: before.intent, confidence: before.confidence, scores, router, inherited: true };
  };
  if (previous && saysNothingItself(text)) return goesOn(previous);
  const isShort = tokenize(text).length <= LEANING_TOKENS;
  const leaning = previous?.lastSure && isShort ? lean(scores, previous.lastSure) : scores;
  const best = INTENTS.reduce((top, intent) => (leaning[intent] > leaning[top] ? intent : top));
  if (best === 'general' && previous && answersQuestion(text, previous)) return goesOn(previous);
  const intent = leaning[best] >= CONFIDENCE_FLOOR ? best : 'general';
  return { intent, confidence: leaning[intent], scores: leaning, router, inherited: false };
}

/** Whether a message that calls for no specialist itself may be the answer that one waits for. */
function answersQuestion(text: string, { intent, endedInQuestion }: PreviousIntent): boolean {
  return endedInQuestion && intent !== 'general' && !text.includes('?');
}

/** Whether a router further down the configured list should be asked. */
export function isUnsure({ scores, inherited }: IntentDecision): boolean {
  return !inherited && Math.max(...INTENTS.map((intent) => scores[intent])) < CONFIDENCE_FLOOR;
}

/** What a router would choose if it had to. */
export function voteOf({ scores, router }: Pick<IntentDecision, 'scores' | 'router'>): IntentVote {
  const intent = INTENTS.reduce((top, each) => (scores[each] > scores[top] ? each : top));
  return { router, intent, confidence: scores[intent] };
}

/** The decision that an agreement of routers makes: as sure as the share of them that agree. */
export function decisionOfVotes(votes: readonly IntentVote[], intent: Intent): IntentDecision {
  const share = (of: Intent) => votes.filter((vote) => vote.intent === of).length / votes.length;
  const scores = Object.fromEntries(INTENTS.map((each) => [each, share(each)])) as IntentScores;
  const surest = votes.filter((vote) => vote.intent === intent).toSorted((a, b) => b.confidence - a.confidence)[0];
  const confidence = Math.max(CONFIDENCE_FLOOR, scores[intent]);
  return { intent, confidence, scores, router: surest?.router ?? 'local', inherited: false };
}

function lean(scores: IntentScores, towards: Intent): IntentScores {
  if (towards === 'general') return scores;
  const raised = { ...scores, [towards]: scores[towards] * GOES_ON_ODDS };
  const total = INTENTS.reduce((sum, intent) => sum + raised[intent], 0);
  if (total === 0) return scores;
  return Object.fromEntries(INTENTS.map((intent) => [intent, raised[intent] / total])) as IntentScores;
}

import { foldWord } from '../../memory/search/fold-word';
import { CHECK_PROMPT } from '../prompts';
import { foldedSentences, unfoundedClaims } from './claims';

/** A reply as the rules see it. */
export interface ProposedReply {
  text: string;
  /** What the customer wrote in this turn. */
  customerText: string;
  /** Tools that succeeded in the turn. */
  doneTools: readonly string[];
  /** Percentages that were really offered, or that the company itself told the agent. */
  allowedPercents: readonly number[];
}

export interface ReplyProblem {
  rule: 'claim_without_act' | 'promised_discount' | 'echo';
  /** For the model, which is asked to write the reply anew. */
  reason: string;
  /** For the record, without words of the reply. */
  about: string;
}

/** With these words it begins. */
const CHECK_MARK = CHECK_PROMPT.split('{{')[0] ?? '';
/** Shorter texts may well be the same as the customer's: "ok", "bom dia". */
const ECHO_FROM = 12;
const PERCENT = /(\d{1,3})(?:[.,]\d+)? ?(?:%|por ?cento|percent|por ?ciento)/g;
const DISCOUNT = /descont|discount|descuent|\boff\b|abatimento/;

/** What is wrong with a reply before it leaves; empty: it may go. */
export function replyProblems(reply: ProposedReply): ReplyProblem[] {
  return [...claims(reply), ...discounts(reply), ...echo(reply)];
}

function claims({ text, doneTools }: ProposedReply): ReplyProblem[] {
  const unfounded = unfoundedClaims(text, doneTools);
  if (unfounded.length === 0) return [];
  const said = [...new Set(unfounded.map(({ kind, words }) => `“${words}” (${kind})`))].join(', ');
  const about = [...new Set(unfounded.map(({ kind }) => kind))].join(', ');
  return [{ rule: 'claim_without_act', reason: `it says ${said}, and no tool did that in this turn`, about }];
}

/** A discount that no offer made is a promise nobody keeps. */
function discounts({ text, allowedPercents }: ProposedReply): ReplyProblem[] {
  const promised = foldedSentences(text)
    .filter((sentence) => DISCOUNT.test(sentence))
    .flatMap((sentence) => [...sentence.matchAll(PERCENT)].map(([, digits]) => Number(digits)))
    .filter((percent) => percent > 0 && !allowedPercents.includes(percent));
  if (promised.length === 0) return [];
  const about = `${promised.join(', ')} %`;
  return [{ rule: 'promised_discount', reason: `it speaks of a discount of ${about} that nobody offered`, about }];
}

function echo({ text, customerText }: ProposedReply): ReplyProblem[] {
  const bare = (words: string) =>
    foldWord(words)
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim();
  const own = bare(text);
  const isCustomers = own.length >= ECHO_FROM && own === bare(customerText);
  // A model that echoes would tell the customer what only it was told.
  if (!isCustomers && !own.includes(bare(CHECK_MARK))) return [];
  const reason = isCustomers ? 'it repeats what the customer wrote' : 'it repeats what it was told about its answer';
  return [{ rule: 'echo', reason, about: reason }];
}

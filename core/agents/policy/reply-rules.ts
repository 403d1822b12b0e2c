import { CHECK_PROMPT } from '../prompts';
import { foldedSentences, handsOver, unfoundedClaims } from './claims';
import { bareWords, isRepetition, type EarlierReply } from './repetition';

/** A reply as the rules see it. */
export interface ProposedReply {
  text: string;
  /** What the customer wrote in this turn. */
  customerText: string;
  /** Tools that succeeded in the turn. */
  doneTools: readonly string[];
  /** Percentages that were really offered, or that the company itself told the agent. */
  allowedPercents: readonly number[];
  /** What the agents said in the last turns. */
  earlierReplies: readonly EarlierReply[];
}

export interface ReplyProblem {
  rule: 'claim_without_act' | 'promised_discount' | 'echo' | 'repeated_reply';
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
  return [...claims(reply), ...discounts(reply), ...echo(reply), ...repetition(reply)];
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
  const own = bareWords(text);
  const isCustomers = own.length >= ECHO_FROM && own === bareWords(customerText);
  // A model that echoes would tell the customer what only it was told.
  if (!isCustomers && !own.includes(bareWords(CHECK_MARK))) return [];
  const reason = isCustomers ? 'it repeats what the customer wrote' : 'it repeats what it was told about its answer';
  return [{ rule: 'echo', reason, about: reason }];
}

/** Customers leave a bot that says the same sentence whatever they answer. Each hand-over is announced in its own right. */
function repetition({ text, customerText, earlierReplies, doneTools }: ProposedReply): ReplyProblem[] {
  if (handsOver(doneTools) || !isRepetition(text, customerText, earlierReplies)) return [];
  const about = 'it repeats word for word what was said a moment ago';
  return [
    {
      rule: 'repeated_reply',
      reason: `${about}, and the customer has written something else since, which it has to answer`,
      about,
    },
  ];
}

import { fold } from './attributes';
import { factHash } from './hash';
import type { ExtractedFact, FactDecision, KnownFact } from './types';

/** What happens to a new fact and to those it meets. */
export interface Reconciled {
  decision: FactDecision;
  /** The new words are evidence of this fact and no fact of their own. */
  evidenceOf: string | null;
  /** Facts that end where the new one begins. */
  replaces: string[];
  /** The later fact that has replaced the new one already: its message came late. */
  replacedBy: KnownFact | null;
  /** For the history: which rule decided. */
  because: string;
}

const NOTHING = { evidenceOf: null, replaces: [], replacedBy: null };

/**
 * Compares a new fact with the facts of its subject and type that were not invalidated. Rules decide first: the same words are
 * evidence, and what holds one value ends the value before. What a model proposes counts only between facts of one subject and
 * type, never against what a person of the company said, and only where the customer's words speak of a change.
 */
export function reconcile(fact: ExtractedFact, known: readonly KnownFact[]): Reconciled {
  // A claim ends claims only: whoever says "my plan is free" changes nothing that the company knows.
  const peers = known.filter(
    (other) => other.subject === fact.subject && other.type === fact.type && other.isClaimed === fact.isClaimed,
  );
  if (fact.attribute !== null) {
    return oneValue(
      fact,
      peers.filter(({ attribute }) => attribute === fact.attribute),
    );
  }
  const same = peers.find((other) => isOpen(other) && factHash(other.text) === factHash(fact.text));
  if (same) return { ...NOTHING, decision: 'merge', evidenceOf: same.id, because: 'the same words' };
  return proposed(fact, peers.filter(isOpen));
}

const isOpen = ({ supersededBy }: KnownFact) => supersededBy === null;

/** Values of one attribute form a line in time, in the order they were said, whatever order their messages arrive in. */
function oneValue(fact: ExtractedFact, line: readonly KnownFact[]): Reconciled {
  const time = fact.saidAt.getTime();
  const ofThisMessage = line.filter(({ evidenceMessageIds }) => evidenceMessageIds.includes(fact.sourceMessageId));
  const same = line.filter((other) => isSameValue(fact, other));
  const repeated = same.find((other) => ofThisMessage.includes(other)) ?? same.find((other) => holdsAt(other, time));
  if (repeated) return { ...NOTHING, decision: 'merge', evidenceOf: repeated.id, because: 'the same value' };
  const later = line
    .filter((other) => other.saidAt.getTime() > time && !ofThisMessage.includes(other))
    .sort((a, b) => a.saidAt.getTime() - b.saidAt.getTime())[0];
  const replaces = line.filter((other) => holdsAt(other, time) && !ofThisMessage.includes(other)).map(({ id }) => id);
  const rule = `${fact.attribute} holds one value`;
  if (later)
    return { ...NOTHING, decision: 'keep_old', replaces, replacedBy: later, because: `${rule}, a later one is known` };
  if (replaces.length > 0) return { ...NOTHING, decision: 'keep_new', replaces, because: rule };
  return { ...NOTHING, decision: 'both_valid', because: 'nothing to compare with' };
}

function holdsAt({ saidAt, supersededBy, validTo }: KnownFact, time: number): boolean {
  return saidAt.getTime() <= time && (supersededBy === null || validTo === null || validTo.getTime() > time);
}

function isSameValue(fact: ExtractedFact, other: KnownFact): boolean {
  if (fact.value !== null && other.value !== null && fact.value !== undefined) return fact.value === other.value;
  return factHash(fact.text) === factHash(other.text);
}

/** Without one of these in the customer's words nothing has changed, whatever a model concludes. */
const CHANGE =
  /\b(?:agora|nao\b.*\bmais|mudei|mudou|mudamos|troquei|trocou|trocamos|na verdade|desisti|em vez|ao inves|melhor\b|alias|deixei|parei|corrigindo|cancelei|resolvi|resolvido|consegui|voltou a funcionar|now|no longer|any ?more|changed?|switched|actually|instead|moved|rather|stopped|quit|cancell?ed|fixed|solved|correction|gave up)\b/;
const MERGED_SHARE = 0.6;
const COVERED_SHARE = 0.5;

function proposed(fact: ExtractedFact, open: readonly KnownFact[]): Reconciled {
  const both = { ...NOTHING, decision: 'both_valid' as const };
  const proposal = fact.proposal;
  if (!proposal || proposal.decision === 'both_valid') return { ...both, because: 'no rule and no proposal to change' };
  const target = open.find(({ id }) => id === proposal.factId);
  if (!target) return { ...both, because: 'proposed against a fact of another subject or type' };
  if (target.claimedBy === 'company' || target.confirmedAt)
    return { ...both, because: 'proposed against a person’s word' };
  if (target.saidAt > fact.saidAt) return { ...both, because: 'proposed against what was said later' };
  switch (proposal.decision) {
    case 'keep_new':
      return CHANGE.test(fold(fact.quote ?? ''))
        ? {
            ...NOTHING,
            decision: 'keep_new',
            replaces: [target.id],
            because: 'proposed, and the words speak of a change',
          }
        : { ...both, because: 'proposed, but the words speak of no change' };
    case 'merge':
      return sharedWords(target.text, fact.text) >= MERGED_SHARE
        ? { ...NOTHING, decision: 'merge', replaces: [target.id], because: 'proposed, and the new text holds the old' }
        : { ...both, because: 'proposed, but the new text does not hold the old' };
    case 'keep_old':
      return sharedWords(fact.text, target.text) >= COVERED_SHARE
        ? {
            ...NOTHING,
            decision: 'keep_old',
            evidenceOf: target.id,
            because: 'proposed, and the old text holds the new',
          }
        : { ...both, because: 'proposed, but the old text does not hold the new' };
  }
}

/** The share of the words of `text` (of three letters or more) that `other` has too. */
function sharedWords(text: string, other: string): number {
  const wordsOf = (of: string) => fold(of).match(/[\p{L}\p{N}]{3,}/gu) ?? [];
  const own = wordsOf(text);
  const others = new Set(wordsOf(other));
  return own.length === 0 ? 0 : own.filter((word) => others.has(word)).length / own.length;
}

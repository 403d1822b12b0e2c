import { attributeOf, isEntitlement, subjectOf, valueOf, CONTACT } from './attributes';
import type { ExtractedFact } from './types';

type Ruled = 'subject' | 'attribute' | 'value' | 'isClaimed' | 'quote' | 'proposal';
/** A fact before the rules have said what it is about. */
export type PlainFact = Omit<ExtractedFact, Ruled>;
export type GivenFact = PlainFact & Partial<Pick<ExtractedFact, Ruled>>;

/** What a model said besides the fact itself: believed as far as the words bear it out. */
export interface Named {
  subject: string | null;
  attribute: string | null;
  value: string | null;
  isClaim: boolean;
}

/** Says what a fact is about by rules, with what a model named where they say nothing. */
export function completeFact(
  fact: PlainFact,
  { saidText, named }: { saidText: string; named: Named },
): PlainFact & Pick<ExtractedFact, 'subject' | 'attribute' | 'value' | 'isClaimed'> {
  const attribute = attributeOf(fact, named.attribute);
  return {
    ...fact,
    subject: subjectOf(fact, named.subject),
    attribute,
    value: valueOf({ text: fact.text, attribute, saidText }, named.value),
    isClaimed: named.isClaim || isEntitlement(fact.text),
  };
}

export const isAboutContact = ({ subject }: { subject: string }): boolean => subject === CONTACT;

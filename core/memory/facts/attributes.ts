import { foldWord } from '../search/fold-word';
import type { FactType } from './types';

/** What holds one value at a time: a new value ends the old one. Everything else may hold beside another fact. */
export const ATTRIBUTES = [
  'name',
  'email',
  'phone',
  'address',
  'birthday',
  'marital_status',
  'job',
  'budget',
  'plan',
  'payment_method',
  'contact_time',
  'decision_maker',
  'deadline',
] as const;
export type Attribute = (typeof ATTRIBUTES)[number];

export const CONTACT = 'contact';

/** Without case and accents, words one space apart. */
export function fold(text: string): string {
  return foldWord(text).replace(/\s+/g, ' ').trim();
}

interface Rule {
  attribute: Attribute;
  types: readonly FactType[];
  /** Of the folded text. What a model names is only believed where the words can bear it. */
  pattern: RegExp;
  /** Every fact of the type that fits is of this attribute, whether or not a model says so. */
  isCertain: boolean;
}

const PERSON: readonly FactType[] = ['attribute', 'environment_info', 'preference', 'event'];
const EMAIL = /[^\s@<>()]+@[^\s@<>()]+\.[a-z]{2,}/;
const DIGIT = /\d/;
const PHONE = /\d[\d ().-]{6,}\d/;

const RULES: readonly Rule[] = [
  { attribute: 'email', types: PERSON, pattern: EMAIL, isCertain: true },
  {
    attribute: 'phone',
    types: PERSON,
    pattern: /(?:telefone|celular|whats\w*|numero|phone|number|cell)\b.*\d[\d ().-]{6,}\d/,
    isCertain: true,
  },
  {
    attribute: 'address',
    types: PERSON,
    pattern:
      /\b(?:mora|moro|moram|reside|resido|endereco|mudou(?:-se)? para|mudei para|lives?|living|moved to|address)\b/,
    isCertain: true,
  },
  { attribute: 'birthday', types: PERSON, pattern: /\b(?:aniversario|nasc\w+|birthday|born)\b/, isCertain: true },
  {
    attribute: 'marital_status',
    types: ['attribute'],
    pattern:
      /\b(?:casad[oa]|casou|solteir[oa]|divorci\w+|separad[oa]|viuv[oa]|noiv[oa]|married|single|divorced|engaged|widow\w*)\b/,
    isCertain: true,
  },
  {
    attribute: 'job',
    types: ['attribute', 'environment_info'],
    pattern: /\b(?:trabalh[ao] (?:como|com|na|no|em|de)|emprego|works? (?:as|at|for|in)|job)\b/,
    isCertain: true,
  },
  {
    attribute: 'plan',
    types: ['attribute', 'environment_info'],
    pattern: /\b(?:plano|plan|assinatura|subscription)\b/,
    isCertain: true,
  },
  { attribute: 'budget', types: ['budget'], pattern: DIGIT, isCertain: true },
  {
    attribute: 'payment_method',
    types: ['preference', 'attribute', 'constraint'],
    pattern:
      /\b(?:pag\w*|pay\w*)\b.*\b(?:pix|cartao|boleto|dinheiro|transferencia|debito|credito|card|cash|transfer|check)\b/,
    isCertain: true,
  },
  {
    attribute: 'contact_time',
    types: ['preference', 'constraint'],
    pattern:
      /\b(?:contat\w*|contact\w*|lig\w+|call\w*|falar|mensage\w+|messag\w+)\b.*\b(?:manha|tarde|noite|almoco|morning|afternoon|evening|lunch|night|\d{1,2} ?h|\d{1,2} ?[ap]m)\b/,
    isCertain: true,
  },
  { attribute: 'decision_maker', types: ['decision_maker'], pattern: /./, isCertain: false },
  { attribute: 'deadline', types: ['timeline'], pattern: /./, isCertain: false },
  { attribute: 'name', types: ['attribute'], pattern: /\b(?:nome|chama|chamo|name|called)\b/, isCertain: true },
];

/** The attribute a fact is about: what the words say, else what a model named, as far as words and type allow it. */
export function attributeOf(fact: { type: FactType; text: string }, proposed: string | null): Attribute | null {
  const folded = fold(fact.text);
  const fitting = RULES.filter(({ types, pattern }) => types.includes(fact.type) && pattern.test(folded));
  const named = fitting.find(({ attribute }) => attribute === proposed);
  return (named ?? fitting.find(({ isCertain }) => isCertain))?.attribute ?? null;
}

const OTHERS =
  'mae|pai|pais|esposa|marido|mulher|filh[oa]|filh[oa]s|irma|irmao|sogr[oa]|avo|amig[oa]|vizinh[oa]|chefe|soci[oa]|' +
  'namorad[oa]|empresa|cunhad[oa]|mother|father|parents|wife|husband|son|daughter|sister|brother|friend|neighbou?r|' +
  'boss|partner|company|girlfriend|boyfriend';
const ABOUT_OTHER = new RegExp(`^(?:\\S+ ){0,3}?(?:minha|meu|a|o|as|os|my|his|her|their|customer's) (${OTHERS})\\b`);
const BUDGET_FOR = /\b(?:orcamento|budget) (?:para|pra|da|do|for) (?:a |o |the )?([a-z][a-z]+)\b/;
const THE_CONTACT = /^(?:contact|contato|customer|cliente|client|user|self|i|me|eu|o cliente|a cliente|the customer)?$/;
const MAX_SUBJECT_CHARACTERS = 80;

/** Who or what a fact is about; `contact` unless the words or a model name somebody or something else. */
export function subjectOf(fact: { type: FactType; text: string }, proposed: string | null): string {
  const folded = fold(fact.text);
  const said = fact.type === 'budget' ? BUDGET_FOR.exec(folded)?.[1] : ABOUT_OTHER.exec(folded)?.[1];
  if (said && fact.type !== 'decision_maker') return said;
  const named = fold(proposed ?? '').slice(0, MAX_SUBJECT_CHARACTERS);
  return THE_CONTACT.test(named) ? CONTACT : named;
}

/** The value itself, so that other words for the same value are no change. `proposed` must occur in what was said. */
export function valueOf(
  fact: { text: string; attribute: Attribute | null; saidText: string },
  proposed: string | null,
): string | null {
  if (fact.attribute === null) return null;
  const folded = fold(fact.text);
  if (fact.attribute === 'email') return EMAIL.exec(folded)?.[0] ?? null;
  if (fact.attribute === 'phone') return PHONE.exec(folded)?.[0].replace(/\D/g, '') ?? null;
  if (fact.attribute === 'budget') return amountsIn(folded).join(' to ') || null;
  const value = words(proposed ?? '');
  return value !== '' && ` ${words(`${fact.text} ${fact.saidText}`)} `.includes(` ${value} `) ? value : null;
}

const AMOUNT =
  /(\d{1,3}(?:[.,]\d{3})+|\d+)(?:[.,](\d{1,2}))?\s*(mil|milhoes|milhao|k|thousand|million)?(?![\p{L}\d])/gu;
const SCALE: Record<string, number> = {
  mil: 1e3,
  k: 1e3,
  thousand: 1e3,
  milhao: 1e6,
  milhoes: 1e6,
  million: 1e6,
};

/** "45 mil", "R$ 45.000,00" and "45k" are one amount. */
function amountsIn(folded: string): number[] {
  return [...folded.matchAll(AMOUNT)].map(
    ([, whole = '', decimals = '', scale = '']) =>
      Number(`${whole.replace(/[.,]/g, '')}.${decimals || '0'}`) * (SCALE[scale] ?? 1),
  );
}

function words(text: string): string {
  return fold(text)
    .replace(/[^\p{L}\p{N}@]+/gu, ' ')
    .trim();
}

const ENTITLEMENT =
  /\b(?:gratis|gratuit[oa]|de graca|vitalici[oa]|isent[oa]|cortesia|descont\w+|reembols\w+|estorn\w+|promet\w+|garanti\w+|direito a|autoriz\w+|liberad[oa]|administrador|vip|free(?! (?:on|at|in|to|after|before|this|next|every))|lifetime|discount\w*|refund\w*|promised?|guarantee\w*|entitled|unlimited|ilimitad[oa]|waive\w*|authori[sz]ed|admin|complimentary)\b/;
const WANTS = /\b(?:quer|quero|queria|gostaria|pede|pediu|pergunt\w+|want\w*|asks?|asked|would like|prefer\w*)\b/;

/** A right that the customer says to have, whatever the model thinks of it. A wish for a discount is none. */
export function isEntitlement(text: string): boolean {
  const folded = fold(text);
  return ENTITLEMENT.test(folded) && !WANTS.test(folded);
}

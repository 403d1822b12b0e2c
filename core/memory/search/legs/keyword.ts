import type { Tx } from '../../../database';
import type { DocumentKind, LegHit } from '../../types';
import type { QueryTerm } from '../query-terms';
import { scopedStatement, scopeParameters, type SearchScope } from '../scope';
import type { WholeTenant } from '../whole-tenant';

/** One spelling of one term; `weight` below 1 marks a word that is only related. */
interface Spelling {
  no: number;
  text: string;
  weight: number;
}

/** "orcameto" and "orçamento" share .58 of their trigrams, "parcelas" and "parceiro" .38. */
export const LEAST_SIMILARITY = 0.4;
/** Shorter words have too few trigrams to tell an error from another word. */
const LEAST_RESCUE_LENGTH = 4;
/** Related words of the term `no` are the term `no + 500`, what its form of question lets expect is a term from 800 on. */
export const FIRST_RELATED = 500;
export const FIRST_HINT = 800;
/** First guesses that held on the tuning part of the chats: a related word is worth less than half of the word, a hint a third. */
const RELATED_WEIGHT = 0.4;
const HINT_WEIGHT = 0.3;
/** Amounts, phones and codes of the query are terms from this number on (see keyword_search.sql). */
export const FIRST_CODE = 1000;

type HitRow = [
  id: string,
  kind: DocumentKind,
  score: number,
  sessionId: string | null,
  fromMe: boolean | null,
  speaker: string | null,
  asks: boolean,
  occurredAt: string,
  numbers: number[],
  frequencies: number[],
];

interface KeywordRow {
  documents: number;
  sessions: number;
  averageLength: number;
  codes: string[] | null;
  /** Numbers of the terms that were looked up by their trigrams. */
  lookedUp: number[];
  frequencies: [no: number, documents: number, sessions: number][];
  hits: HitRow[];
}

export interface KeywordHit extends LegHit {
  /** The terms it holds, and how often each of them occurs. */
  numbers: readonly number[];
  frequencies: readonly number[];
}

/** What BM25 needs to know of the scope. */
export interface Corpus {
  documents: number;
  sessions: number;
  averageLength: number;
  /** By term number; a term that no document holds is not there. */
  frequencies: ReadonlyMap<number, { documents: number; sessions: number }>;
}

export interface KeywordAnswer {
  hits: KeywordHit[];
  corpus: Corpus;
}

interface Query {
  text: string;
  terms: readonly QueryTerm[];
  hints: readonly (readonly string[])[];
  limit: number;
  /** Of a search of the whole tenant: its rows are looked up by the words, unless the filters leave few. */
  tenant: WholeTenant | null;
}

/** Terms that may be typing errors. */
interface Misspelt {
  terms: readonly { no: number; word: string }[];
  /** Also those that the tenant knows. */
  evenIfKnown: boolean;
}

/**
 * BM25 over the stored lexemes, best first. Words that no document of the scope holds are looked up by trigrams in the
 * tenant's vocabulary, so that a typing error or a misspelt name still finds something. Empty if nothing matches.
 */
export async function keywordLeg(tx: Tx, scope: SearchScope, query: Query): Promise<KeywordAnswer> {
  const { terms, hints } = query;
  const spellings = [
    ...terms.flatMap((term, no) => [
      ...term.variants.map((text) => ({ no, text, weight: 1 })),
      ...term.related.map((text) => ({ no: FIRST_RELATED + no, text, weight: RELATED_WEIGHT })),
    ]),
    ...hints.flatMap((words, no) => words.map((text) => ({ no: FIRST_HINT + no, text, weight: HINT_WEIGHT }))),
  ];
  const mayBeMisspelt = terms.flatMap(({ word, related }, no) =>
    related.length === 0 && word.length >= LEAST_RESCUE_LENGTH && !/\d/.test(word) ? [{ no, word }] : [],
  );

  // What nobody of the tenant ever wrote is looked up at once, what only this scope does not hold afterwards.
  let row = await rank(tx, scope, { spellings, misspelt: { terms: mayBeMisspelt, evenIfKnown: false } }, query);
  const lookedUp = new Set(row.lookedUp);
  const found = new Set(row.frequencies.map(([no]) => no));
  const missing = mayBeMisspelt.filter(({ no }) => lookedUp.has(no) || !found.has(no));
  if (missing.length > lookedUp.size && row.documents > 0) {
    row = await rank(tx, scope, { spellings, misspelt: { terms: missing, evenIfKnown: true } }, query);
  }

  const wordOf = (no: number) =>
    no < FIRST_CODE ? terms[no % FIRST_RELATED]?.word : row.codes?.[no - FIRST_CODE]?.replace(/^#(?:tel)?/, '');
  return { hits: row.hits.map((hit) => new FoundByWords(hit, wordOf)), corpus: corpusOf(row) };
}

class FoundByWords implements KeywordHit {
  readonly id: string;
  readonly kind: DocumentKind;
  readonly score: number;
  readonly sessionId: string | null;
  readonly fromMe: boolean | null;
  readonly speaker: string | null;
  readonly asks: boolean;
  readonly occurredAt: Date;
  readonly numbers: readonly number[];
  readonly frequencies: readonly number[];
  readonly #wordOf: (no: number) => string | undefined;

  constructor(row: HitRow, wordOf: (no: number) => string | undefined) {
    [this.id, this.kind, this.score, this.sessionId, this.fromMe, this.speaker, this.asks] = row;
    this.occurredAt = new Date(row[7]);
    this.numbers = row[8];
    this.frequencies = row[9];
    this.#wordOf = wordOf;
  }

  /** Made when it is shown: most hits are not. */
  get matched(): string[] {
    return [...new Set([...this.numbers].sort((a, b) => a - b).flatMap((no) => this.#wordOf(no) ?? []))];
  }
}

function corpusOf({ documents, sessions, averageLength, frequencies }: KeywordRow): Corpus {
  return {
    documents,
    sessions,
    averageLength,
    frequencies: new Map(
      frequencies.map(([no, inDocuments, inSessions]) => [no, { documents: inDocuments, sessions: inSessions }]),
    ),
  };
}

async function rank(
  tx: Tx,
  scope: SearchScope,
  { spellings, misspelt }: { spellings: readonly Spelling[]; misspelt: Misspelt },
  { text, limit, tenant }: Query,
): Promise<KeywordRow> {
  const parameters = scopeParameters(scope);
  const size = tenant?.isForFew ? null : tenant;
  const [row] = await tx.$queryRawUnsafe<{ answer: KeywordRow }[]>(
    scopedStatement('keyword_search', parameters),
    ...parameters,
    spellings.map((spelling) => spelling.no),
    spellings.map((spelling) => spelling.text),
    spellings.map((spelling) => spelling.weight),
    text,
    limit,
    size?.documents ?? null,
    size?.averageLength ?? null,
    size?.sessions ?? null,
    misspelt.terms.map(({ no }) => no),
    misspelt.terms.map(({ word }) => word),
    LEAST_SIMILARITY,
    misspelt.evenIfKnown,
  );
  return (
    row?.answer ?? { documents: 0, sessions: 0, averageLength: 1, codes: [], lookedUp: [], frequencies: [], hits: [] }
  );
}

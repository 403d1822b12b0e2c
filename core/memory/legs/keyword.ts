import { sqlFile, type Tx } from '../../database';
import { queryTerms, type QueryTerm } from '../query-terms';
import { scopeParameters, type SearchScope } from '../scope';
import type { DocumentKind, LegHit } from '../types';

interface KeywordRow {
  kind: DocumentKind;
  id: string;
  score: number;
  matched: number[];
  found: number[];
}

/** One spelling of one term; `weight` below 1 marks a word that only looks like the term. */
interface Spelling {
  no: number;
  text: string;
  weight: number;
}

/** "orcameto" and "orçamento" share .58 of their trigrams, "parcelas" and "parceiro" .38. */
const LEAST_SIMILARITY = 0.5;
/** Shorter words have too few trigrams to tell an error from another word. */
const LEAST_RESCUE_LENGTH = 4;
const RESCUE_DOCUMENTS = 5_000;

/**
 * BM25 over the stored lexemes, best first. Words that no document of the scope holds are looked up by trigrams in its
 * vocabulary, so that a typing error or a misspelt name still finds something. Empty if nothing matches.
 */
export async function keywordLeg(
  tx: Tx,
  scope: SearchScope,
  query: { text: string; limit: number },
): Promise<LegHit[]> {
  const terms = queryTerms(query.text);
  if (terms.length === 0) return [];
  const spellings = terms.flatMap((term, no) => term.variants.map((text) => ({ no, text, weight: 1 })));

  let rows = await rank(tx, scope, spellings, query.limit);
  const found = new Set(rows[0]?.found ?? []);
  const missing = terms.flatMap((term, no) =>
    !found.has(no) && term.word.length >= LEAST_RESCUE_LENGTH ? [{ no, word: term.word }] : [],
  );
  const rescued = missing.length > 0 ? await similarWords(tx, scope, missing) : [];
  if (rescued.length > 0) rows = await rank(tx, scope, [...spellings, ...rescued], query.limit);

  return rows.map(({ kind, id, score, matched }) => ({ kind, id, score, matched: wordsOf(terms, matched) }));
}

function rank(tx: Tx, scope: SearchScope, spellings: Spelling[], limit: number): Promise<KeywordRow[]> {
  return tx.$queryRawUnsafe<KeywordRow[]>(
    sqlFile('core/memory/sql/keyword_search.sql'),
    ...scopeParameters(scope),
    spellings.map((spelling) => spelling.no),
    spellings.map((spelling) => spelling.text),
    spellings.map((spelling) => spelling.weight),
    limit,
  );
}

async function similarWords(tx: Tx, scope: SearchScope, missing: { no: number; word: string }[]): Promise<Spelling[]> {
  const rows = await tx.$queryRawUnsafe<{ no: number; word: string; similarity: number }[]>(
    sqlFile('core/memory/sql/similar_words.sql'),
    ...scopeParameters(scope),
    missing.map((term) => term.no),
    missing.map((term) => term.word),
    LEAST_SIMILARITY,
    RESCUE_DOCUMENTS,
  );
  return rows.map((row) => ({ no: row.no, text: row.word, weight: row.similarity }));
}

function wordsOf(terms: readonly QueryTerm[], numbers: readonly number[]): string[] {
  return numbers.flatMap((no) => terms[no]?.word ?? []);
}

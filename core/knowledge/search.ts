import { sqlFile, type Database } from '../database';
import { searchMemory, type QueryVector, type SearchResult } from '../memory';

const SEARCH_TIMEOUT_MS = 5_000;

export interface KnowledgePassage {
  documentId: string;
  title: string;
  /** Null for a text without pages. */
  page: number | null;
  text: string;
  score: number;
  relevance: number | null;
}

export type KnowledgeAnswer = Pick<SearchResult, 'emptyReason' | 'degraded'> & { passages: KnowledgePassage[] };

/**
 * The passages of the company's documents that answer a question, best first: the memory search over those alone. While some
 * passage has no vector, because its embedder refuses it or is down, `degraded` names `vector`. What they say is what somebody
 * wrote into a file, never an instruction.
 *
 * @throws AppError as searchMemory
 */
export async function searchKnowledge(
  db: Database,
  { tenantId, query, queryVector, topK }: { tenantId: string; query: string; queryVector: QueryVector; topK: number },
): Promise<KnowledgeAnswer> {
  const { results, emptyReason, degraded } = await searchMemory(db, {
    tenantId,
    query,
    queryVector,
    topK,
    types: ['knowledge'],
    strategy: 'hybrid',
    timeoutMs: SEARCH_TIMEOUT_MS,
  });
  const passages = results.map(({ content, score, relevance, metadata }) => ({
    documentId: String(metadata['document_id']),
    title: String(metadata['title']),
    page: typeof metadata['page'] === 'number' ? metadata['page'] : null,
    text: content,
    score,
    relevance,
  }));
  const isPartial = !degraded.includes('vector') && (await waitsForVectors(db, tenantId));
  return { passages, emptyReason, degraded: isPartial ? [...degraded, 'vector'] : degraded };
}

async function waitsForVectors(db: Database, tenantId: string): Promise<boolean> {
  const [row] = await db.withTenant(tenantId, (tx) =>
    tx.$queryRawUnsafe<{ waits: boolean }[]>(sqlFile('core/knowledge/sql/waits_for_vectors.sql'), tenantId),
  );
  return row?.waits ?? false;
}

import { sqlFile, type Tx } from '../database';
import type { EmbeddingModel } from '../providers/ports';
import { readStoredModel } from '../providers/stored-model';
import { activeModel } from './active-model';
import { documentRecord, dropOutdated, vectorRecord, type EmbeddingRow, type TextToEmbed } from './embeddings';
import { assertVector } from './vector';

/** Whether the text is a row of its own in a search, of our making, which is stored before its vector is made. */
export function isOwnDocument({
  origin,
  contentType,
  copyOf,
}: Pick<TextToEmbed, 'origin' | 'contentType' | 'copyOf'>): boolean {
  return !copyOf && (origin === 'derived' || (contentType === 'session_summary' && origin !== 'external'));
}

/**
 * Stores documents of their own without vectors, in the caller's transaction: words find them at once, and whatever becomes of the
 * embedder. Parts of the same texts that were cut otherwise go. Their vectors come by `fillVectors`.
 *
 * @param of.configured the model that the configuration names; the tenant's own goes before it
 * @returns the stored name of the model that their vectors will be of.
 */
export async function storeDocuments(
  tx: Tx,
  tenantId: string,
  { texts, configured }: { texts: readonly TextToEmbed[]; configured: EmbeddingModel },
): Promise<string> {
  const { model } = (await activeModel(tx, tenantId)) ?? configured;
  if (texts.length === 0) return model;
  const records = texts.map(documentRecord);
  await dropOutdated(tx, tenantId, records);
  await tx.$executeRawUnsafe(
    sqlFile('core/memory/sql/store_documents.sql'),
    tenantId,
    model,
    readStoredModel(model).dimensions,
    JSON.stringify(records),
  );
  return model;
}

/**
 * Gives stored documents their vectors, in the caller's transaction. One that is gone meanwhile, or has one, is left as it is.
 *
 * @throws AppError EMBEDDING_DIMENSION_MISMATCH, VALIDATION_ERROR
 */
export async function fillVectors(tx: Tx, tenantId: string, rows: readonly EmbeddingRow[]): Promise<void> {
  if (rows.length === 0) return;
  rows.forEach(({ embedding, model }) => assertVector(embedding, model));
  const records = rows.map((row) => ({ ...documentRecord(row), ...vectorRecord(row) }));
  await tx.$executeRawUnsafe(sqlFile('core/memory/sql/fill_vectors.sql'), tenantId, JSON.stringify(records));
}

import { sqlFile, type Database, type Tx } from '../database';
import type { EmbeddingModel, EmbeddingProvider } from '../providers/ports';
import { storedModel } from '../providers/stored-model';

export interface EmbeddingModels {
  db: Database;
  /** The one the configuration names. */
  embeddings: EmbeddingProvider;
  /** Any other, for as long as vectors of it are in use. @throws AppError PROVIDER_NOT_CONFIGURED */
  embeddingsOf: (model: EmbeddingModel) => EmbeddingProvider;
}

interface ActiveEmbeddings {
  embeddings: EmbeddingProvider;
  /** No model is remembered yet. */
  isFirst: boolean;
}

/**
 * The model that a tenant's searches compare: the configured one, or that of the vectors there are until they are made again.
 *
 * @throws AppError PROVIDER_NOT_CONFIGURED for a model whose provider is not there any more
 */
export async function activeEmbeddings(
  tx: Tx,
  tenantId: string,
  { embeddings, embeddingsOf }: Pick<EmbeddingModels, 'embeddings' | 'embeddingsOf'>,
): Promise<ActiveEmbeddings> {
  const active = await activeModel(tx, tenantId);
  const isConfigured = active === null || isSame(active, modelOf(embeddings));
  return { embeddings: isConfigured ? embeddings : embeddingsOf(active), isFirst: active === null };
}

/** Whether a tenant's questions are embedded in this process, by the model that its searches compare. */
export async function embedsHere(
  tx: Tx,
  tenantId: string,
  { embeddings }: Pick<EmbeddingModels, 'embeddings'>,
): Promise<boolean> {
  if (!embeddings.isOurs) return false;
  const active = await activeModel(tx, tenantId);
  return active === null || isSame(active, modelOf(embeddings));
}

/** Null until a tenant's first vector. */
export async function activeModel(tx: Tx, tenantId: string): Promise<EmbeddingModel | null> {
  const file = sqlFile('core/memory/sql/active_model.sql');
  const [active] = await tx.$queryRawUnsafe<EmbeddingModel[]>(file, tenantId);
  return active ?? null;
}

/** A tenant's first vector decides, until all are made again. */
export async function rememberModel(tx: Tx, tenantId: string, { provider, model }: EmbeddingModel): Promise<void> {
  await tx.memoryModel.createMany({ data: [{ tenantId, provider, model }], skipDuplicates: true });
}

/** Of a provider as it is configured: the model that its vectors are stored under. */
export function modelOf({ name, model, dimensions, precision = 'full' }: EmbeddingProvider): EmbeddingModel {
  return { provider: name, model: storedModel({ model, dimensions, precision }) };
}

export function isSame(one: EmbeddingModel, other: EmbeddingModel): boolean {
  return one.provider === other.provider && one.model === other.model;
}

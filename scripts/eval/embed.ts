import { randomBytes } from 'node:crypto';
import { loadConfig } from '../../core/config';
import type { Database } from '../../core/database';
import { storeEmbeddings, type TextToEmbed } from '../../core/memory';
import { createProviders } from '../../core/providers/create-providers';
import { modelOf } from '../../core/memory/active-model';
import type { EmbeddingProvider } from '../../core/providers/ports';

const EMBEDDING_TIMEOUT_MS = 60_000;

/** The embedder that EMBEDDINGS_PROVIDER names, hashed words by default. The evaluation makes its own database and seals nothing. */
export function configuredEmbeddings(): EmbeddingProvider {
  const needed = { DATABASE_URL: 'postgresql://unused', ENCRYPTION_KEY: randomBytes(32).toString('base64') };
  return createProviders(loadConfig({ ...needed, ...process.env })).embeddings;
}

/** Embeds texts in one call and stores their vectors, as the product's workflow does. */
export async function embedAndStore(
  db: Database,
  embeddings: EmbeddingProvider,
  { tenantId, texts }: { tenantId: string; texts: TextToEmbed[] },
): Promise<void> {
  if (texts.length === 0) return;
  const { vectors } = await embeddings.embed(
    { texts: texts.map(({ embedText }) => embedText), task: 'document' },
    { signal: AbortSignal.timeout(EMBEDDING_TIMEOUT_MS), timeoutMs: EMBEDDING_TIMEOUT_MS },
  );
  const rows = texts.map(({ embedText: _, ...text }, index) => ({
    ...text,
    embedding: vectors[index] ?? [],
    model: modelOf(embeddings).model,
  }));
  await db.withTenant(tenantId, (tx) => storeEmbeddings(tx, tenantId, rows), { timeoutMs: EMBEDDING_TIMEOUT_MS });
}

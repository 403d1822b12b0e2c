import type { Tx } from '../database';
import { paidCall } from '../money/paid-call';
import { factsToEmbed, messagesToEmbed, storeEmbeddings, type TextToEmbed } from './embeddings';
import type { MemoryAttempt, MemoryPipelineDeps } from './pipeline-deps';

const EMBED_TIMEOUT_MS = 30_000;

/**
 * Makes the vectors of messages, and of the reply of their turn, in one batch. Doing it again stores nothing new.
 *
 * @returns how many texts were embedded.
 * @throws AppError of the provider (see core/providers/classify.ts), PRICE_UNKNOWN, EMBEDDING_DIMENSION_MISMATCH
 */
export async function embedMessages(
  deps: MemoryPipelineDeps,
  { tenantId, messageIds, turnId }: { tenantId: string; messageIds: string[]; turnId?: string },
  attempt: MemoryAttempt,
): Promise<number> {
  const texts = await deps.db.withTenant(tenantId, async (tx) => {
    const replies = turnId
      ? await tx.message.findMany({ where: { tenantId, groupId: turnId, source: 'bot' }, select: { id: true } })
      : [];
    return messagesToEmbed(tx, tenantId, { messageIds: [...messageIds, ...replies.map(({ id }) => id)] });
  });
  return embed(deps, { tenantId, turnId, texts }, attempt);
}

/** The same for facts. */
export async function embedFacts(
  deps: MemoryPipelineDeps,
  { tenantId, factIds }: { tenantId: string; factIds: string[] },
  attempt: MemoryAttempt,
): Promise<number> {
  const texts = await deps.db.withTenant(tenantId, (tx) => factsToEmbed(tx, tenantId, factIds));
  return embed(deps, { tenantId, texts }, attempt);
}

async function embed(
  deps: MemoryPipelineDeps,
  { tenantId, turnId, texts }: { tenantId: string; turnId?: string; texts: TextToEmbed[] },
  { activityKey, signal }: MemoryAttempt,
): Promise<number> {
  const [first] = texts;
  if (!first) return 0;
  const { embeddings } = deps;
  const inputs = texts.map(({ embedText }) => embedText);
  return paidCall(
    deps,
    {
      tenantId,
      activityKey,
      provider: embeddings.name,
      model: embeddings.model,
      operation: 'embedding',
      subject: { contactId: first.contactId, groupId: turnId },
      upperBound: { inputTokens: inputs.reduce((sum, text) => sum + text.length, 0) },
    },
    {
      call: () =>
        deps.callPolicy.run(embeddings.name, EMBED_TIMEOUT_MS, signal, (inner) =>
          embeddings.embed({ texts: inputs, task: 'document' }, { signal: inner, timeoutMs: EMBED_TIMEOUT_MS }),
        ),
      store: (tx, { vectors }) => storeVectors(tx, tenantId, { texts, vectors, model: embeddings.model }),
    },
  );
}

async function storeVectors(
  tx: Tx,
  tenantId: string,
  { texts, vectors, model }: { texts: TextToEmbed[]; vectors: number[][]; model: string },
): Promise<number> {
  const rows = texts.map(({ embedText: _embedded, ...text }, index) => ({
    ...text,
    model,
    embedding: vectors[index] ?? [],
  }));
  await storeEmbeddings(tx, tenantId, rows);
  return rows.length;
}

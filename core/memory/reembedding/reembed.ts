import { sqlFile, type Tx } from '../../database';
import { isAppError } from '../../errors';
import type { EmbeddingProvider } from '../../providers/ports';
import { embedTexts } from '../embed-texts';
import { MAX_EMBED_CHARACTERS, type TextToEmbed } from '../embeddings';
import type { MemoryAttempt, MemoryPipelineDeps } from '../pipeline-deps';
import { cutText } from '../../text';
import type { ReembeddingRef, ReembeddingStep } from './types';

/** What one step makes: with the pause between steps (workflows/reembedding) at most 100 a second for a tenant. */
const DOCUMENTS_PER_STEP = 100;
const ROWS_DROPPED_AT_ONCE = 500;

type OldVector = Omit<TextToEmbed, 'embedText' | 'conversationId'> & { id: string };

/**
 * Makes the next hundred vectors again with the new model, beside the old ones, and keeps the place. A text that the
 * provider refuses is left out: words still find it.
 *
 * @throws AppError of the provider (see core/providers/classify.ts), PRICE_UNKNOWN, PROVIDER_NOT_CONFIGURED
 */
export async function reembedNext(
  deps: MemoryPipelineDeps,
  { tenantId, reembeddingId }: ReembeddingRef,
  attempt: MemoryAttempt,
): Promise<ReembeddingStep> {
  const next = await deps.db.withTenant(tenantId, async (tx) => {
    const job = await startIfWaiting(tx, tenantId, reembeddingId);
    if (!job) return null;
    const { fromModel, toProvider, toModel, position, documentsDone, documentsTotal } = job;
    const rows = await tx.$queryRawUnsafe<OldVector[]>(
      sqlFile('core/memory/reembedding/sql/next_to_reembed.sql'),
      tenantId,
      fromModel,
      toModel,
      position,
      DOCUMENTS_PER_STEP,
    );
    return { rows, to: { provider: toProvider, model: toModel }, documentsDone, documentsTotal };
  });
  if (!next) return { isDone: false, isCancelled: true, documentsDone: 0, documentsTotal: 0 };
  const { rows, to } = next;
  const last = rows.at(-1);
  if (!last) return { ...next, isDone: true, isCancelled: false };
  const target: EmbeddingProvider = deps.embeddingsOf(to);
  await embedTexts(
    deps,
    { tenantId, texts: rows.map(toText), embeddings: target },
    { ...attempt, activityKey: `${attempt.activityKey}/${last.id}` },
  ).catch((error: unknown) => {
    if (!isAppError(error, 'PROVIDER_REJECTED')) throw error;
  });
  const { documentsDone } = await deps.db.withTenant(tenantId, (tx) =>
    tx.memoryReembedding.update({
      where: { tenantId, id: reembeddingId },
      data: { position: last.id, documentsDone: { increment: rows.length } },
      select: { documentsDone: true },
    }),
  );
  return {
    isDone: rows.length < DOCUMENTS_PER_STEP,
    isCancelled: false,
    documentsDone,
    documentsTotal: Math.max(documentsDone, next.documentsTotal),
  };
}

function toText({ id: _id, ...vector }: OldVector): TextToEmbed {
  const context = typeof vector.metadata['context'] === 'string' ? `${vector.metadata['context']}\n` : '';
  return { ...vector, conversationId: null, embedText: cutText(context + vector.contentText, MAX_EMBED_CHARACTERS) };
}

/** Null when it has ended or was cancelled. */
async function startIfWaiting(tx: Tx, tenantId: string, id: string) {
  const job = await tx.memoryReembedding.findFirst({ where: { tenantId, id, finishedAt: null } });
  if (job?.status !== 'queued') return job;
  const [count] = await tx.$queryRawUnsafe<{ vectors: number }[]>(
    sqlFile('core/memory/reembedding/sql/count_vectors_of.sql'),
    tenantId,
    job.fromModel,
  );
  return tx.memoryReembedding.update({
    where: { tenantId, id },
    data: { status: 'running', startedAt: new Date(), documentsTotal: count?.vectors ?? 0 },
  });
}

/**
 * From its commit on searches compare the new vectors. What was stored with the old model since the last step is found by words
 * until the pass that follows, which begins at the start again.
 */
export async function switchModel(
  { db }: MemoryPipelineDeps,
  { tenantId, reembeddingId }: ReembeddingRef,
): Promise<{ isSwitched: boolean }> {
  return db.withTenant(tenantId, async (tx) => {
    const job = await tx.memoryReembedding.findFirst({ where: { tenantId, id: reembeddingId, finishedAt: null } });
    if (!job) return { isSwitched: false };
    const now = new Date();
    await tx.memoryModel.updateMany({
      where: { tenantId },
      data: { provider: job.toProvider, model: job.toModel, updatedAt: now },
    });
    await tx.memoryReembedding.updateMany({
      where: { tenantId, id: reembeddingId },
      data: { status: 'cleaning', switchedAt: job.switchedAt ?? now, position: null },
    });
    return { isSwitched: true };
  });
}

/** Removes some hundred old vectors that no search compares any more. */
export async function dropOldVectors(
  { db }: MemoryPipelineDeps,
  { tenantId, reembeddingId }: ReembeddingRef,
): Promise<{ isDone: boolean }> {
  return db.withTenant(tenantId, async (tx) => {
    const job = await tx.memoryReembedding.findFirst({ where: { tenantId, id: reembeddingId, finishedAt: null } });
    if (!job) return { isDone: true };
    const dropped = await tx.$executeRawUnsafe(
      sqlFile('core/memory/reembedding/sql/drop_old_vectors.sql'),
      tenantId,
      job.toModel,
      ROWS_DROPPED_AT_ONCE,
    );
    return { isDone: dropped < ROWS_DROPPED_AT_ONCE };
  });
}

export async function endReembedding(
  { db }: MemoryPipelineDeps,
  { tenantId, reembeddingId, errorCode }: ReembeddingRef & { errorCode?: string },
): Promise<void> {
  await db.withTenant(tenantId, (tx) =>
    tx.memoryReembedding.updateMany({
      where: { tenantId, id: reembeddingId, finishedAt: null },
      data: { status: errorCode ? 'failed' : 'completed', errorCode: errorCode ?? null, finishedAt: new Date() },
    }),
  );
}

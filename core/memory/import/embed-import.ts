import { sqlFile } from '../../database';
import { isAppError } from '../../errors';
import { embedMessages } from '../embed-texts';
import type { MemoryAttempt, MemoryPipelineDeps } from '../pipeline-deps';
import type { ImportRef } from './store-file';

const MESSAGES_PER_BATCH = 200;

/**
 * Makes the vectors of a part of what an import stored, in batches that are remembered one by one. A text that the
 * provider refuses is left out: words still find it.
 *
 * @throws AppError of the provider (see core/providers/classify.ts), PRICE_UNKNOWN
 */
export async function embedImported(
  deps: MemoryPipelineDeps,
  { tenantId, importId }: ImportRef,
  {
    budgetMs,
    attempt,
    onProgress,
  }: { budgetMs: number; attempt: MemoryAttempt; onProgress: (detail: unknown) => void },
): Promise<{ isDone: boolean; messagesEmbedded: number }> {
  const endsAt = performance.now() + budgetMs;
  for (;;) {
    const next = await deps.db.withTenant(tenantId, (tx) =>
      tx.$queryRawUnsafe<{ id: string }[]>(
        sqlFile('core/memory/import/sql/next_to_embed.sql'),
        tenantId,
        importId,
        MESSAGES_PER_BATCH,
      ),
    );
    const ids = next.map(({ id }) => id);
    const last = ids.at(-1);
    if (last !== undefined) {
      await embedMessages(
        deps,
        { tenantId, messageIds: ids },
        { ...attempt, activityKey: `${attempt.activityKey}/${last}` },
      ).catch((error: unknown) => {
        if (!isAppError(error, 'PROVIDER_REJECTED')) throw error;
      });
    }
    const messagesEmbedded = await deps.db.withTenant(tenantId, async (tx) => {
      if (last !== undefined) {
        await tx.memoryImport.updateMany({
          where: { tenantId, id: importId },
          data: { status: 'embedding', embeddedUntil: last, messagesEmbedded: { increment: ids.length } },
        });
      }
      const row = await tx.memoryImport.findFirst({ where: { tenantId, id: importId } });
      return row?.messagesEmbedded ?? 0;
    });
    onProgress({ messagesEmbedded });
    attempt.signal.throwIfAborted();
    if (ids.length < MESSAGES_PER_BATCH) return { isDone: true, messagesEmbedded };
    if (performance.now() > endsAt) return { isDone: false, messagesEmbedded };
  }
}

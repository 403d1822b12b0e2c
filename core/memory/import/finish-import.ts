import type { Database } from '../../database';
import type { MediaStore } from '../../media/store';
import { appendEvents } from '../../outbox/events';
import { deleteQueuedMedia } from '../forgetting/delete-media';
import { getImport, setImportStatus } from './imports';
import type { ImportRef } from './store-file';

/**
 * Ends an import: completed when every line is stored, partial when some were refused, failed when it had to stop. Its file, in
 * which contacts are that may want to be forgotten, is needed no more.
 */
export async function finishImport(
  { db, mediaStore }: { db: Database; mediaStore: MediaStore },
  { tenantId, importId, errorCode }: ImportRef & { errorCode?: string },
): Promise<string> {
  const status = await db.withTenant(tenantId, async (tx) => {
    const found = await getImport(tx, tenantId, importId);
    const status = errorCode !== undefined ? 'failed' : found.linesRefused > 0 ? 'partial' : 'completed';
    await setImportStatus(tx, tenantId, { id: importId, status, ...(errorCode === undefined ? {} : { errorCode }) });
    await appendEvents(tx, [
      {
        tenantId,
        aggregateType: 'memory_import',
        aggregateId: importId,
        eventType: status === 'failed' ? 'channel.history_import.failed' : 'channel.history_import.completed',
        data: {
          importId,
          channelId: found.channelId,
          status,
          messagesStored: found.messagesStored,
          linesRefused: found.linesRefused,
        },
      },
    ]);
    if (found.sha256 !== null) {
      await tx.mediaDeletion.createMany({ data: [{ tenantId, sha256: found.sha256 }], skipDuplicates: true });
    }
    return status;
  });
  await deleteQueuedMedia({ db, mediaStore }, tenantId);
  return status;
}

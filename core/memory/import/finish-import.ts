import type { Database } from '../../database';
import type { MediaStore } from '../../media/store';
import { appendEvents } from '../../outbox/events';
import { deleteQueuedMedia } from '../forgetting/delete-media';
import { getImport, setImportStatus } from './imports';
import type { ImportRef } from './store-file';

export interface ImportEnd extends ImportRef {
  /** Why it had to stop. */
  errorCode?: string;
  /** Why the reading for facts had to stop; the messages are all there. */
  factsErrorCode?: string;
}

/**
 * Ends an import: completed when every line is stored and read, partial when some were refused or not read for facts, failed
 * when it had to stop. Its file, in which contacts are that may want to be forgotten, is needed no more.
 */
export async function finishImport(
  { db, mediaStore }: { db: Database; mediaStore: MediaStore },
  { tenantId, importId, errorCode, factsErrorCode }: ImportEnd,
): Promise<string> {
  const status = await db.withTenant(tenantId, async (tx) => {
    const found = await getImport(tx, tenantId, importId);
    const isWhole = found.linesRefused === 0 && found.factMessagesSkipped === 0 && factsErrorCode === undefined;
    const status = errorCode !== undefined ? 'failed' : isWhole ? 'completed' : 'partial';
    const code = errorCode ?? factsErrorCode;
    await setImportStatus(tx, tenantId, { id: importId, status, ...(code === undefined ? {} : { errorCode: code }) });
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

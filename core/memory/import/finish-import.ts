import type { Database } from '../../database';
import { appendEvents } from '../../outbox/events';
import { getImport, setImportStatus } from './imports';
import type { ImportRef } from './store-file';

/** Ends an import: completed when every line is stored, partial when some were refused, failed when it had to stop. */
export function finishImport(
  db: Database,
  { tenantId, importId, errorCode }: ImportRef & { errorCode?: string },
): Promise<string> {
  return db.withTenant(tenantId, async (tx) => {
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
    return status;
  });
}

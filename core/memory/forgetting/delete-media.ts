import type { Database } from '../../database';
import type { MediaStore } from '../../media/store';

const FILES_AT_ONCE = 200;

/**
 * Deletes the files that nothing refers to any more. One that was sent again in the meantime stays.
 *
 * @returns how many files are gone.
 */
export async function deleteQueuedMedia(
  { db, mediaStore }: { db: Database; mediaStore: MediaStore },
  tenantId: string,
  onProgress: () => void = () => undefined,
): Promise<number> {
  let deleted = 0;
  for (;;) {
    const queued = await db.withTenant(tenantId, (tx) =>
      tx.mediaDeletion.findMany({ where: { tenantId }, orderBy: { sha256: 'asc' }, take: FILES_AT_ONCE }),
    );
    if (queued.length === 0) return deleted;
    for (const { sha256 } of queued) {
      const isUsed = await db.withTenant(tenantId, (tx) => tx.mediaFile.count({ where: { tenantId, sha256 } }));
      if (isUsed === 0) {
        await mediaStore.delete(tenantId, sha256);
        deleted += 1;
      }
      await db.withTenant(tenantId, (tx) => tx.mediaDeletion.deleteMany({ where: { tenantId, sha256 } }));
      onProgress();
    }
  }
}

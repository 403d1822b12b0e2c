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
      if (await deleteFile({ db, mediaStore }, { tenantId, sha256 })) deleted += 1;
      onProgress();
    }
  }
}

/** Whoever stores the same file takes it off the queue (storeMediaFile), and waits here until it is gone. */
function deleteFile(
  { db, mediaStore }: { db: Database; mediaStore: MediaStore },
  { tenantId, sha256 }: { tenantId: string; sha256: string },
): Promise<boolean> {
  return db.withTenant(tenantId, async (tx) => {
    const { count } = await tx.mediaDeletion.deleteMany({ where: { tenantId, sha256 } });
    if (count === 0) return false;
    const media = await tx.mediaFile.count({ where: { tenantId, sha256 } });
    const imports = await tx.memoryImport.count({ where: { tenantId, sha256, finishedAt: null } });
    if (media + imports > 0) return false;
    await mediaStore.delete(tenantId, sha256);
    return true;
  });
}

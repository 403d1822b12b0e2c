import type { Database, Tx } from '../database';
import { newId } from '../ids';
import type { MediaStore } from './store';

export interface StoredFile {
  sha256: string;
  sizeBytes: number;
}

/**
 * Stores a file and, by `write`, what names it. A file of the same bytes may be on its way out: it is put again once the row
 * is there, from when on nobody deletes it.
 */
export async function keepFile<T>(
  mediaStore: MediaStore,
  { tenantId, bytes }: { tenantId: string; bytes: Buffer },
  write: (stored: StoredFile) => Promise<T>,
): Promise<T> {
  const stored = await mediaStore.put(tenantId, bytes);
  const written = await write(stored);
  await mediaStore.put(tenantId, bytes, stored);
  return written;
}

/**
 * The same for a file that somebody hands in, once: when `write` fails, nobody comes again to name the file, so it waits to be
 * deleted until it has its row.
 */
export function keepUpload<T>(
  { db, mediaStore }: { db: Database; mediaStore: MediaStore },
  { tenantId, bytes }: { tenantId: string; bytes: Buffer },
  write: (stored: StoredFile) => Promise<T>,
): Promise<T> {
  return keepFile(mediaStore, { tenantId, bytes }, async (stored) => {
    await db.withTenant(tenantId, (tx) => queueFile(tx, tenantId, stored));
    return write(stored);
  });
}

/** Waits to be deleted until a row names it. A file that another row names stays. */
export async function queueFile(tx: Tx, tenantId: string, { sha256 }: StoredFile): Promise<void> {
  await tx.mediaDeletion.createMany({ data: [{ tenantId, sha256 }], skipDuplicates: true });
}

/**
 * The row of a stored medium; the same bytes are one row in a tenant. It does not wait to be deleted any more. Within
 * `keepFile`, or the file may be gone.
 *
 * @param sourceId the medium that it was cut from, if it was: it goes with that
 * @returns its id.
 */
export async function storeMediaFile(
  tx: Tx,
  tenantId: string,
  { sha256, sizeBytes, mimeType, sourceId }: StoredFile & { mimeType: string; sourceId?: string | null },
): Promise<string> {
  const { id } = await tx.mediaFile.upsert({
    where: { tenantId_sha256: { tenantId, sha256 } },
    create: { id: newId(), tenantId, sha256, sizeBytes, mimeType },
    update: {},
  });
  // Waits for a deletion that has begun.
  await tx.mediaDeletion.deleteMany({ where: { tenantId, sha256 } });
  if (sourceId && sourceId !== id) {
    await tx.mediaPart.createMany({ data: [{ tenantId, sourceId, mediaId: id }], skipDuplicates: true });
  }
  return id;
}

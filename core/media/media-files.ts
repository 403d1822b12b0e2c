import type { Tx } from '../database';
import { newId } from '../ids';

/**
 * The row of a stored medium; the same bytes are one row in a tenant.
 *
 * @returns its id.
 */
export async function storeMediaFile(
  tx: Tx,
  tenantId: string,
  { sha256, sizeBytes, mimeType }: { sha256: string; sizeBytes: number; mimeType: string },
): Promise<string> {
  const { id } = await tx.mediaFile.upsert({
    where: { tenantId_sha256: { tenantId, sha256 } },
    create: { id: newId(), tenantId, sha256, sizeBytes, mimeType },
    update: {},
  });
  return id;
}

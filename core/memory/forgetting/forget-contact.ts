import type { Database } from '../../database';
import { giveUpEnrichment } from '../../enrichment/operator-hold';
import type { MediaStore } from '../../media/store';
import { deleteQueuedMedia } from './delete-media';
import { finishErasure, getErasure, reportRemoved } from './erasures';
import type { ContactWorkflows, ErasureRef } from './types';

export interface ForgettingDeps {
  db: Database;
  mediaStore: MediaStore;
  contactWorkflows: ContactWorkflows;
}

/**
 * Stops what would write to the memory of the contact again. A reading that sleeps until its provider is back is given up.
 *
 * @returns how many turns and readings still run.
 */
export async function quiesceContact(deps: ForgettingDeps, { tenantId, erasureId }: ErasureRef): Promise<number> {
  const contactId = await deps.db.withTenant(tenantId, async (tx) => {
    const erasure = await getErasure(tx, tenantId, erasureId);
    const waiting = await tx.messageEnrichment.findMany({
      where: {
        tenantId,
        contactId: erasure.contactId,
        status: { in: ['pending', 'processing'] },
        deferredUntil: { not: null },
      },
      select: { id: true },
    });
    for (const { id } of waiting) await giveUpEnrichment(tx, tenantId, id);
    return erasure.contactId;
  });
  return deps.contactWorkflows.quiesce(tenantId, contactId);
}

export async function removeMediaFiles(
  deps: ForgettingDeps,
  { tenantId, erasureId }: ErasureRef,
  onProgress: () => void,
): Promise<void> {
  const files = await deleteQueuedMedia(deps, tenantId, onProgress);
  await deps.db.withTenant(tenantId, (tx) => reportRemoved(tx, tenantId, erasureId, { files }));
}

export async function removeHistories(
  deps: ForgettingDeps,
  { tenantId, erasureId }: ErasureRef,
  onProgress: () => void,
): Promise<void> {
  const { contactId } = await deps.db.withTenant(tenantId, (tx) => getErasure(tx, tenantId, erasureId));
  const histories = await deps.contactWorkflows.removeHistories(tenantId, contactId, onProgress);
  await deps.db.withTenant(tenantId, (tx) => reportRemoved(tx, tenantId, erasureId, { workflow_histories: histories }));
}

export async function endErasure(
  { db }: ForgettingDeps,
  { tenantId, erasureId, errorCode }: ErasureRef & { errorCode?: string },
): Promise<void> {
  await db.withTenant(tenantId, (tx) => finishErasure(tx, tenantId, erasureId, errorCode));
}

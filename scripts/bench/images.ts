import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Database } from '../../core/database';
import { newId } from '../../core/ids';
import { createLocalMediaStore } from '../../core/media/store';
import { projectRoot } from '../../core/project-root';
import type { Stack } from '../embedded/stack';

/** Different images, so that no text is reused: the same photo with a different tail behind its end mark. */
export async function prepareImages(
  db: Database,
  stack: Stack,
  { tenantId, count }: { tenantId: string; count: number },
): Promise<string[]> {
  const photo = readFileSync(path.join(projectRoot(), 'test/fixtures/media/photo.jpg'));
  const store = createLocalMediaStore(String(stack.env['MEDIA_DIR']));
  const files = await Promise.all(
    Array.from({ length: count }, async () => {
      const bytes = Buffer.concat([photo, Buffer.from(randomUUID())]);
      return { id: newId(), ...(await store.put(tenantId, bytes)) };
    }),
  );
  const enrichments = files.map(({ id }) => ({
    id: newId(),
    tenantId,
    mediaId: id,
    contentType: 'image',
    priority: 7,
  }));
  await db.withTenant(tenantId, async (tx) => {
    await tx.mediaFile.createMany({ data: files.map((file) => ({ ...file, tenantId, mimeType: 'image/jpeg' })) });
    await tx.messageEnrichment.createMany({ data: enrichments });
  });
  return enrichments.map(({ id }) => id);
}

export async function assertAllRead(db: Database, tenantId: string, ids: string[]): Promise<void> {
  const where = { tenantId, id: { in: ids }, status: 'completed', extractedText: { not: '' } };
  const read = await db.withTenant(tenantId, (tx) => tx.messageEnrichment.count({ where }));
  if (read !== ids.length) throw new Error(`only ${read} of ${ids.length} images were read`);
}

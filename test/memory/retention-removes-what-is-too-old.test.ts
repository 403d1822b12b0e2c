import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLocalMediaStore, type MediaStore } from '../../core/media/store';
import { storeMediaFile } from '../../core/media/media-files';
import { applyRetention, setRetention } from '../../core/memory/forgetting/retention';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { newConversation, say } from './fixtures';

const DAY_MS = 24 * 3600 * 1000;

describe('retention removes what is too old', () => {
  const db = testDatabase();
  let folder: string;
  let mediaStore: MediaStore;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ventros-retention-'));
    mediaStore = createLocalMediaStore(folder);
  });
  after(async () => {
    await db.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('and nothing younger, and nothing of a tenant that keeps things for ever', async () => {
    const { tenantId } = await newTenant(db);
    const keeper = (await newTenant(db)).tenantId;
    const ago = (days: number) => new Date(Date.now() - days * DAY_MS);
    const conversation = await newConversation(db, tenantId);
    const old = await say(db, conversation, { text: 'Comprei há muito tempo', sentAt: ago(40) });
    const young = await say(db, conversation, { text: 'Comprei ontem', sentAt: ago(1) });
    const kept = await say(db, await newConversation(db, keeper), { text: 'Comprei há muito tempo', sentAt: ago(400) });
    const { sha256 } = await mediaStore.put(tenantId, Buffer.from('uma foto'));
    await db.withTenant(tenantId, async (tx) => {
      const mediaId = await storeMediaFile(tx, tenantId, { sha256, sizeBytes: 8, mimeType: 'image/jpeg' });
      await tx.message.updateMany({ where: { tenantId, id: old }, data: { mediaId } });
      await setRetention(tx, tenantId, { memoryDays: 30, messagesDays: null });
    });

    await applyRetention({ db, mediaStore }, tenantId);
    await applyRetention({ db, mediaStore }, keeper);
    const indexed = (of: string) =>
      db.withTenant(of, async (tx) => (await tx.memoryIndex.findMany({ where: { tenantId: of } })).map(({ id }) => id));
    assert.deepEqual(await indexed(tenantId), [young]);
    assert.deepEqual(await indexed(keeper), [kept]);
    await assert.rejects(mediaStore.read(tenantId, sha256), { code: 'NOT_FOUND' });
    const textOf = (id: string) =>
      db.withTenant(tenantId, async (tx) => (await tx.message.findFirst({ where: { tenantId, id } }))?.text);
    assert.equal(await textOf(old), 'Comprei há muito tempo');

    await db.withTenant(tenantId, (tx) => setRetention(tx, tenantId, { memoryDays: 30, messagesDays: 30 }));
    await applyRetention({ db, mediaStore }, tenantId);
    assert.equal(await textOf(old), null);
    assert.equal(await textOf(young), 'Comprei ontem');
  });
});

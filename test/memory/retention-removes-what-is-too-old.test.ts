import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLocalMediaStore, type MediaStore } from '../../core/media/store';
import { newId } from '../../core/ids';
import { createLogger } from '../../core/logging/logger';
import { keepFile, storeMediaFile } from '../../core/media/media-files';
import { deleteQueuedMedia } from '../../core/memory/forgetting/delete-media';
import { finishImport } from '../../core/memory/import/finish-import';
import { requestImport } from '../../core/memory/import/imports';
import { applyAllRetentions, applyRetention, setRetention } from '../../core/memory/forgetting/retention';
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

  /** A stored medium with its row; `sourceId` when it was cut from another. */
  const medium = (tenantId: string, text: string, sourceId?: string) =>
    keepFile(mediaStore, { tenantId, bytes: Buffer.from(text) }, async (stored) => ({
      ...stored,
      id: await db.withTenant(tenantId, (tx) =>
        storeMediaFile(tx, tenantId, { ...stored, mimeType: 'image/jpeg', ...(sourceId ? { sourceId } : {}) }),
      ),
    }));
  const isThere = (tenantId: string, { sha256 }: { sha256: string }) =>
    mediaStore.read(tenantId, sha256).then(
      () => true,
      () => false,
    );

  it('with what was cut from it, and files that came without a message', async () => {
    const { tenantId } = await newTenant(db);
    const conversation = await newConversation(db, tenantId);
    const long = new Date(Date.now() - 40 * DAY_MS);
    const [old, young] = [
      await say(db, conversation, { text: 'Vídeo velho', sentAt: long }),
      await say(db, conversation, { text: 'Vídeo novo' }),
    ];
    const [oldVideo, youngVideo] = [await medium(tenantId, 'vídeo velho'), await medium(tenantId, 'vídeo novo')];
    const frame = await medium(tenantId, 'quadro', oldVideo.id);
    const black = await medium(tenantId, 'quadro preto', oldVideo.id);
    await medium(tenantId, 'quadro preto', youngVideo.id);
    const posted = await medium(tenantId, 'enviado sem mensagem');
    await db.withTenant(tenantId, async (tx) => {
      await tx.message.updateMany({ where: { tenantId, id: old }, data: { mediaId: oldVideo.id } });
      await tx.message.updateMany({ where: { tenantId, id: young }, data: { mediaId: youngVideo.id } });
      await tx.messageEnrichment.create({
        data: {
          id: newId(),
          tenantId,
          mediaId: posted.id,
          contentType: 'image',
          status: 'completed',
          createdAt: long,
        },
      });
      await setRetention(tx, tenantId, { memoryDays: 30, messagesDays: null });
    });
    await applyRetention({ db, mediaStore }, tenantId);
    const left = async (of: { sha256: string }[]) => Promise.all(of.map((file) => isThere(tenantId, file)));
    assert.deepEqual(await left([oldVideo, frame, posted]), [false, false, false]);
    // The same frame is in a video that is kept.
    assert.deepEqual(await left([youngVideo, black]), [true, true]);
  });

  it('but no file that is sent again while it is being deleted', async () => {
    const { tenantId } = await newTenant(db);
    const bytes = Buffer.from('a mesma foto');
    const { sha256 } = await mediaStore.put(tenantId, bytes);
    await db.withTenant(tenantId, (tx) => tx.mediaDeletion.create({ data: { tenantId, sha256 } }));
    let again: Promise<unknown> = Promise.resolve();
    const slow: MediaStore = {
      ...mediaStore,
      async delete(...of) {
        again = medium(tenantId, 'a mesma foto');
        await sleep(200);
        await mediaStore.delete(...of);
      },
    };
    await deleteQueuedMedia({ db, mediaStore: slow }, tenantId);
    await again;
    assert.deepEqual(await mediaStore.read(tenantId, sha256), bytes);
  });

  it('and the file of an import when the import is over, in which contacts are that may want to be forgotten', async () => {
    const { tenantId } = await newTenant(db);
    const line = { contact: { ref: 'c1', name: 'Ana' }, role: 'customer', text: 'Oi', at: '2025-01-01T12:00:00Z' };
    const bytes = Buffer.from(JSON.stringify(line));
    const asked = () =>
      keepFile(mediaStore, { tenantId, bytes }, (stored) =>
        db.withTenant(tenantId, (tx) =>
          requestImport(tx, tenantId, { source: { kind: 'jsonl', ...stored }, options: { gapMinutes: 240 } }),
        ),
      );
    const [first, second] = [await asked(), await asked()];
    const file = { sha256: first.sha256 ?? '' };
    await finishImport({ db, mediaStore }, { tenantId, importId: first.id });
    assert.equal(await isThere(tenantId, file), true, 'the second import of the same file still reads it');
    await finishImport({ db, mediaStore }, { tenantId, importId: second.id, errorCode: 'TIMEOUT' });
    assert.equal(await isThere(tenantId, file), false);
  });

  it('also of tenants that keep everything for ever, when something waits to be deleted', async () => {
    const { tenantId } = await newTenant(db);
    const stored = await mediaStore.put(tenantId, Buffer.from('um documento apagado'));
    await db.withTenant(tenantId, (tx) => tx.mediaDeletion.create({ data: { tenantId, sha256: stored.sha256 } }));
    await applyAllRetentions({ db, mediaStore, logger: createLogger('test', 'silent') }, new AbortController().signal);
    assert.equal(await isThere(tenantId, stored), false);
  });
});

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { newId } from '../../core/ids';
import { createLocalMediaStore, type MediaStore } from '../../core/media/store';

describe('the local media store', () => {
  let dir: string;
  let store: MediaStore;
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'media-store-test-'));
    store = createLocalMediaStore(dir);
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('gives back what was put, under its hash', async () => {
    const tenantId = newId();
    const bytes = randomBytes(100_000);
    const { sha256, sizeBytes } = await store.put(tenantId, bytes);
    assert.equal(sha256, createHash('sha256').update(bytes).digest('hex'));
    assert.equal(sizeBytes, bytes.length);
    assert.deepEqual(await store.read(tenantId, sha256), bytes);
    assert.deepEqual(await readFile(await store.localPath(tenantId, sha256)), bytes);
  });

  it('keeps the same file once, even when it is put many times at once, and leaves no temporary file', async () => {
    const tenantId = newId();
    const bytes = randomBytes(300_000);
    const results = await Promise.all(Array.from({ length: 20 }, () => store.put(tenantId, bytes)));
    assert.equal(new Set(results.map((one) => one.sha256)).size, 1);
    assert.deepEqual(await readdir(path.join(dir, tenantId)), [results[0]!.sha256]);
  });

  it('never shows a file that is half written', async () => {
    const tenantId = newId();
    const bytes = randomBytes(20_000_000);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    let done = false;
    const put = store.put(tenantId, bytes).finally(() => (done = true));
    while (!done) {
      const found = await stat(path.join(dir, tenantId, sha256)).catch(() => null);
      if (found !== null) assert.equal(found.size, bytes.length);
    }
    await put;
  });

  it('does not give a medium to another tenant', async () => {
    const { sha256 } = await store.put(newId(), Buffer.from('private'));
    await assert.rejects(store.read(newId(), sha256), { code: 'NOT_FOUND' });
    await assert.rejects(store.localPath(newId(), sha256), { code: 'NOT_FOUND' });
  });

  it('deletes, and does not mind when there is nothing to delete', async () => {
    const tenantId = newId();
    const { sha256 } = await store.put(tenantId, Buffer.from('x'));
    await store.delete(tenantId, sha256);
    await store.delete(tenantId, sha256);
    await assert.rejects(store.read(tenantId, sha256), { code: 'NOT_FOUND' });
  });

  it('takes no id that could become another path', async () => {
    const hash = 'a'.repeat(64);
    for (const tenantId of ['..', '../other', '', '.', '/etc', `${newId()}/..`, `${newId()}\0`]) {
      await assert.rejects(store.read(tenantId, hash), { code: 'VALIDATION_ERROR' }, tenantId);
      await assert.rejects(store.put(tenantId, Buffer.from('x')), { code: 'VALIDATION_ERROR' }, tenantId);
    }
    for (const sha256 of ['../../etc/passwd', '', hash.toUpperCase(), `${hash}/..`, `${hash}\n`, 'a'.repeat(63)]) {
      await assert.rejects(store.read(newId(), sha256), { code: 'VALIDATION_ERROR' }, sha256);
      await assert.rejects(store.delete(newId(), sha256), { code: 'VALIDATION_ERROR' }, sha256);
    }
  });
});

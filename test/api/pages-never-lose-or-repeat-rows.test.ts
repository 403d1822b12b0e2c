import assert from 'node:assert/strict';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { newMessage, newThread, type Thread } from './fixtures';

describe('pages never lose or repeat rows', () => {
  let api: TestApi;
  let tenant: { tenantId: string; apiKey: string };
  let thread: Thread;
  const messageIds: string[] = [];
  before(async () => {
    api = await startTestApi();
    tenant = await newTenant(api.deps.db);
    thread = await newThread(api.deps.db, tenant.tenantId);
    // A channel's timestamps are whole seconds, so many messages share one.
    const sentAt = new Date('2026-11-20T12:00:00Z');
    for (let index = 0; index < 23; index++) {
      messageIds.push(
        await newMessage(api.deps.db, tenant.tenantId, thread, { text: `pedido número ${index}`, sentAt }),
      );
    }
  });
  after(() => api.close());

  const get = (path: string, key = tenant.apiKey) => api.request('GET', path, { key });

  async function walk(path: string): Promise<string[]> {
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const { status, body } = await get(
        `${path}limit=7${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      assert.equal(status, 200);
      assert.ok(body.data.length <= 7);
      ids.push(...body.data.map(({ id }: { id: string }) => id));
      cursor = body.next_cursor;
    } while (cursor !== null);
    return ids;
  }

  it('on every way to the same messages, also when they share their second', async () => {
    for (const path of [
      '/api/v1/messages?',
      '/api/v1/messages/search?q=pedidos&',
      `/api/v1/contacts/${thread.contactId}/messages?`,
      `/api/v1/conversations/${thread.conversationId}/messages?`,
      `/api/v1/sessions/${thread.sessionId}/messages?`,
    ]) {
      assert.deepEqual(await walk(path), messageIds.toReversed(), path);
    }
  });

  it('on times with microseconds, which a JavaScript date would cut', async () => {
    const { tenantId, apiKey } = await newTenant(api.deps.db);
    const own = await newThread(api.deps.db, tenantId);
    const ids = await Promise.all([0, 1, 2].map(() => newMessage(api.deps.db, tenantId, own)));
    await api.deps.db.withTenant(tenantId, async (tx) => {
      for (const [index, id] of ids.entries()) {
        await tx.$executeRawUnsafe(
          `update messages set sent_at = timestamptz '2026-11-20 12:00:00.000100+00' + $2 * interval '1 microsecond' where id = $1::uuid`,
          id,
          index,
        );
      }
    });
    const seen: string[] = [];
    let cursor = '';
    for (let page = 0; page < 3; page++) {
      const { body } = await get(`/api/v1/messages?limit=1${cursor}`, apiKey);
      seen.push(body.data[0].id);
      cursor = `&cursor=${encodeURIComponent(body.next_cursor ?? '')}`;
    }
    assert.deepEqual(seen, ids.toReversed());
  });

  it('refuses a cursor that was changed, is of another list or of another tenant', async () => {
    const { body } = await get('/api/v1/messages?limit=5');
    const cursor: string = body.next_cursor;
    const forged = Buffer.from('["2026-11-20 12:00:00+00","x"]').toString('base64url');
    for (const bad of [
      `A${cursor.slice(1)}`,
      `${forged}.${cursor.split('.')[1]}`,
      'abc',
      '.',
      `${cursor}.x`.slice(0, -4),
    ]) {
      const refused = await get(`/api/v1/messages?cursor=${encodeURIComponent(bad)}`);
      assert.deepEqual([refused.status, refused.body.code], [400, 'CURSOR_INVALID'], bad);
    }
    assert.equal((await get(`/api/v1/sessions?cursor=${cursor}`)).body.code, 'CURSOR_INVALID');
    const { apiKey } = await newTenant(api.deps.db);
    assert.equal((await get(`/api/v1/messages?cursor=${cursor}`, apiKey)).body.code, 'CURSOR_INVALID');
  });
});

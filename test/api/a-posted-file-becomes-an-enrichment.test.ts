import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { startTestApi, type ApiResponse, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

const LIMIT_BYTES = 50_000;

describe('a posted file becomes an enrichment', () => {
  let api: TestApi;
  let tenant: { tenantId: string; apiKey: string };
  let png: Buffer;
  before(async () => {
    api = await startTestApi({ MEDIA_MAX_BYTES: String(LIMIT_BYTES) });
    tenant = await newTenant(api.deps.db);
    png = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
  });
  after(() => api.close());

  const post = (request: { raw?: string | Buffer | FormData; json?: unknown; headers?: Record<string, string> }) =>
    api.request('POST', '/api/v1/enrichments', { key: tenant.apiKey, ...request });
  const form = (bytes: Buffer, name: string, type: string, fields: Record<string, string> = {}) => {
    const body = new FormData();
    for (const [field, value] of Object.entries(fields)) body.set(field, value);
    body.set('file', new Blob([bytes], { type }), name);
    return body;
  };

  it('from a form, from the body itself and from an address, each with the event that starts its workflow', async () => {
    const asked = [
      await post({ raw: form(png, 'foto.png', 'image/png') }),
      await post({ raw: png, headers: { 'content-type': 'image/png' } }),
      await post({ raw: png, headers: { 'content-type': 'application/octet-stream' } }),
      await post({ json: { url: 'https://example.com/foto.png', mimetype: 'image/png' } }),
    ];
    for (const { status, body } of asked) {
      assert.equal(status, 202);
      assert.equal(body.workflow_id, `t:${tenant.tenantId}:enrichment:${body.id}`);
      const read = await api.request('GET', `/api/v1/enrichments/${body.id}`, { key: tenant.apiKey });
      assert.deepEqual(
        [read.body.status, read.body.content_type, read.body.priority, read.body.workflow_id],
        ['pending', 'image', 7, body.workflow_id],
      );
    }
    await api.deps.db.withTenant(tenant.tenantId, async (tx) => {
      const events = await tx.outboxEvent.findMany({ where: { eventType: 'message.enrichment.requested' } });
      assert.deepEqual(
        events.map(({ eventData }) => eventData),
        asked.map(({ body }) => ({ enrichmentId: body.id, mediaKind: 'image', subjectId: body.id })),
      );
      const [file, ...others] = await tx.mediaFile.findMany();
      assert.deepEqual([file?.mimeType, others.length], ['image/png', 0]);
      assert.deepEqual(await api.deps.mediaStore.read(tenant.tenantId, file?.sha256 ?? ''), png);
    });
  });

  it('reports what is wrong beside the file with its place', async () => {
    const headers = { 'content-type': 'image/png' };
    const send = (query: string, request: object) =>
      api.request('POST', `/api/v1/enrichments?${query}`, { key: tenant.apiKey, ...request });
    const inQuery = await send('contact_id=1', { raw: png, headers });
    const inForm = await send('', { raw: form(png, 'a.png', 'image/png', { contact_id: '1' }) });
    for (const [place, { body }] of Object.entries({ query: inQuery, body: inForm })) {
      assert.deepEqual([body.code, body.errors[0].field], ['VALIDATION_ERROR', 'contact_id']);
      assert.match(body.detail, new RegExp(`of the ${place}`));
    }
    const unknown = '01a20630-35d0-7562-8948-23743a1a6e08';
    for (const request of [{ raw: png, headers }, { json: { url: 'https://example.com/foto.png' } }]) {
      assert.equal((await send(`contact_id=${unknown}`, request)).body.code, 'NOT_FOUND');
    }
  });

  it('or leaves no file behind that nothing names', async () => {
    const raw = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'blue' } })
      .png()
      .toBuffer();
    const sha256 = createHash('sha256').update(raw).digest('hex');
    const send = (query: string) =>
      api.request('POST', `/api/v1/enrichments?${query}`, {
        key: tenant.apiKey,
        raw,
        headers: { 'content-type': 'image/png' },
      });
    const waits = () => api.deps.db.withTenant(tenant.tenantId, (tx) => tx.mediaDeletion.count({ where: { sha256 } }));
    assert.equal((await send('contact_id=01a20630-35d0-7562-8948-23743a1a6e08')).body.code, 'NOT_FOUND');
    assert.equal(await waits(), 1, 'waits to be deleted');
    assert.equal((await send('')).status, 202);
    assert.equal(await waits(), 0, 'has its row now');
  });

  it('refuses what is not what it should be, and stores nothing of it', async () => {
    const count = () => api.deps.db.withTenant(tenant.tenantId, (tx) => tx.messageEnrichment.count());
    const before = await count();
    const attempts: [string, Promise<ApiResponse>][] = [
      ['MEDIA_EMPTY', post({ raw: form(Buffer.alloc(0), 'a.png', 'image/png') })],
      ['MEDIA_EMPTY', post({ raw: '', headers: { 'content-type': 'image/png' } })],
      ['MEDIA_TOO_LARGE', post({ raw: form(Buffer.alloc(LIMIT_BYTES + 1), 'a.png', 'image/png') })],
      ['MEDIA_TOO_LARGE', post({ raw: Buffer.alloc(LIMIT_BYTES + 1), headers: { 'content-type': 'image/png' } })],
      ['MEDIA_TYPE_MISMATCH', post({ raw: form(png, 'a.pdf', 'application/pdf') })],
      ['MEDIA_CORRUPT', post({ raw: form(png.subarray(0, 40), 'a.png', 'image/png') })],
      [
        'MEDIA_UNSUPPORTED',
        post({ raw: Buffer.from([0, 1, 2, 3]), headers: { 'content-type': 'application/x-thing' } }),
      ],
      ['BAD_REQUEST', post({ raw: 'x', headers: { 'content-type': 'multipart/form-data' } })],
      ['BAD_REQUEST', post({ raw: '--b\r\n', headers: { 'content-type': 'multipart/form-data; boundary=b' } })],
      ['VALIDATION_ERROR', post({ raw: form(png, 'a.png', 'image/png', { context: 'pipeline_dream' }) })],
      ['VALIDATION_ERROR', post({ json: {} })],
      ['URL_FORBIDDEN', post({ json: { url: 'http://169.254.169.254/latest/meta-data' } })],
      ['URL_FORBIDDEN', post({ json: { url: 'http://2130706433/a.png' } })],
      ['URL_FORBIDDEN', post({ json: { url: 'http://localhost/a.png' } })],
      ['URL_FORBIDDEN', post({ json: { url: 'file:///etc/passwd' } })],
    ];
    for (const [code, attempt] of attempts) {
      const { body } = await attempt;
      assert.equal(body.code, code, JSON.stringify(body));
    }
    assert.equal(await count(), before);
  });
});

import assert from 'node:assert/strict';
import { MAX_CHARACTERS, MAX_PAGES } from '../../core/knowledge/limits';
import { blackPng, pdfOfPages } from '../support/media-bytes';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

const PATH = '/api/v1/knowledge/documents';

describe('a document over its bounds is refused', () => {
  let api: TestApi;
  let key: string;
  before(async () => {
    api = await startTestApi();
    ({ apiKey: key } = await newTenant(api.deps.db));
  });
  after(() => api.close());

  const post = (raw: Buffer | string | FormData, type?: string) =>
    api.request('POST', PATH, { key, raw, headers: type ? { 'content-type': type } : {} });

  it('before anything is stored: 10,000 pages, too much text, no document, nothing, JSON', async () => {
    const pages = await post(pdfOfPages(10_000, Buffer.from('BT ET')), 'application/pdf');
    assert.deepEqual([pages.status, pages.body.code], [422, 'DOCUMENT_TOO_LONG']);
    assert.match(pages.body.detail, /10000 pages.*500/);
    const text = await post('palavra '.repeat(MAX_CHARACTERS / 2 + 1), 'text/plain');
    assert.deepEqual([text.status, text.body.code], [422, 'DOCUMENT_TOO_LONG']);
    const image = await post(blackPng(10, 10), 'image/png');
    assert.deepEqual([image.status, image.body.code], [415, 'MEDIA_UNSUPPORTED']);
    const empty = await post('', 'text/plain');
    assert.deepEqual([empty.status, empty.body.code], [422, 'MEDIA_EMPTY']);
    const json = await post('{"title": "Trocas"}', 'application/json');
    assert.deepEqual([json.status, json.body.code], [400, 'BAD_REQUEST']);
    const list = await api.request('GET', PATH, { key });
    assert.deepEqual(list.body.data, []);
  });

  it('one within them is listed, read and deleted; as a form it has its title', async () => {
    const most = await post(pdfOfPages(MAX_PAGES, Buffer.from('BT ET')), 'application/pdf');
    assert.equal(most.status, 202);
    const form = new FormData();
    form.set('title', 'Trocas e devoluções');
    form.set('file', new Blob(['# Trocas\nEm até 30 dias.'], { type: 'text/markdown' }), 'trocas.md');
    const { status, body } = await post(form);
    assert.deepEqual(
      [status, body.title, body.file_name, body.mime_type, body.status],
      [202, 'Trocas e devoluções', 'trocas.md', 'text/markdown', 'queued'],
    );
    assert.deepEqual((await api.request('GET', `${PATH}/${body.id}`, { key })).body, body);
    assert.equal((await api.request('GET', PATH, { key })).body.data.length, 2);
    assert.equal((await api.request('DELETE', `${PATH}/${body.id}`, { key })).status, 204);
    assert.equal((await api.request('GET', `${PATH}/${body.id}`, { key })).status, 404);
    assert.equal((await api.request('GET', PATH, { key })).body.data.length, 1);
  });
});

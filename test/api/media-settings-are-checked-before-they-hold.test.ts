import assert from 'node:assert/strict';
import { startTestApi, type TestApi } from '../support/http';
import { newChannel } from '../support/channel';
import { newTenant } from '../support/tenant';

describe('media settings are checked before they hold', () => {
  let api: TestApi;
  let tenant: { tenantId: string; apiKey: string };
  let channelId: string;
  before(async () => {
    api = await startTestApi({
      ...{ GROQ_API_KEY: 'x', VERTEX_PROJECT: 'p', OPENAI_API_KEY: '' },
      // Without tesseract, which is on some machines and not on others.
      DOCUMENT_CHAIN: 'llamaparse,pdf_text',
    });
  });
  beforeEach(async () => {
    tenant = await newTenant(api.deps.db);
    ({ channelId } = await newChannel(api.deps.db, tenant.tenantId));
  });
  after(() => api.close());

  const project = '/api/v1/media-settings';
  const own = () => `/api/v1/channels/${channelId}/media-settings`;
  const get = async (path: string) => (await api.request('GET', path, { key: tenant.apiKey })).body;
  const patch = (path: string, json: unknown) => api.request('PATCH', path, { key: tenant.apiKey, json });

  it('shows what holds without any: every kind on, the chains of the process without what has no key', async () => {
    const { effective, own: set } = await get(project);
    assert.deepEqual(set, {});
    assert.deepEqual(effective.voice, { enabled: true, priority: 10, max_mb: 100, debounce_ms: null, chain: ['groq'] });
    assert.deepEqual(effective.image.chain, ['vertex']);
    assert.deepEqual(effective.document.chain, ['pdf_text']);
    assert.deepEqual([effective.video.enabled, effective.video.chain], [true, []]);
  });

  it('lets the channel win over the project, setting by setting, and takes one back with null', async () => {
    await patch(project, { video: { enabled: false, max_mb: 20 }, voice: { chain: ['groq/whisper-large-v3'] } });
    await patch(own(), { video: { enabled: true }, voice: { priority: 4 } });
    const view = await get(own());
    assert.deepEqual([view.effective.video.enabled, view.effective.video.max_mb], [true, 20]);
    assert.deepEqual([view.effective.voice.chain, view.effective.voice.priority], [['groq/whisper-large-v3'], 4]);
    assert.deepEqual(view.own, { video: { enabled: true }, voice: { priority: 4 } });
    const taken = (await patch(own(), { video: { enabled: null } })).body;
    assert.deepEqual([taken.effective.video.enabled, taken.own], [false, { voice: { priority: 4 } }]);
  });

  it('refuses a provider that is unknown, of another kind or without credentials, and a model without a price', async () => {
    const cases: [unknown, string, RegExp][] = [
      [{ voice: { chain: ['deepgram'] } }, 'voice.chain.0', /unknown; use groq or openai/],
      [{ image: { chain: ['vertex', 'groq'] } }, 'image.chain.1', /unknown; use vertex or tesseract/],
      [{ voice: { chain: ['openai'] } }, 'voice.chain.0', /no credentials/],
      [{ voice: { chain: ['groq', 'groq'] } }, 'voice.chain.1', /already/],
      [{ image: { chain: ['vertex/gemini-1.5-flash'] } }, 'image.chain.0', /no price/],
      [{ video: { chain: ['vertex'] } }, 'video.chain', /image .*audio/],
      [{ voice: { chain: [] } }, 'voice.chain', /./],
      [{ voice: { max_mb: 0 } }, 'voice.max_mb', /./],
      [{ voice: { priority: 11 } }, 'voice.priority', /./],
    ];
    for (const [body, field, message] of cases) {
      const { status, body: problem } = await patch(project, body);
      assert.equal(status, 422, JSON.stringify(body));
      assert.equal(problem.code, 'VALIDATION_ERROR');
      assert.equal(problem.errors[0].field, field);
      assert.match(problem.errors[0].message, message);
    }
    assert.equal((await patch(project, { fax: {} })).status, 422);
    assert.deepEqual((await get(project)).own, {});
  });
});

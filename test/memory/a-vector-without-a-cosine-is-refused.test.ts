import assert from 'node:assert/strict';
import { assertVector } from '../../core/memory';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { newEverything } from '../api/fixtures';

const filledWith = (value: number) => Array.from({ length: 768 }, () => value);

describe('a vector without a cosine is refused', () => {
  let api: TestApi;
  let key: string;
  let contactId: string;
  before(async () => {
    api = await startTestApi();
    const tenant = await newTenant(api.deps.db);
    key = tenant.apiKey;
    ({ contactId } = await newEverything(api.deps.db, tenant.tenantId));
  });
  after(() => api.close());

  const store = (embedding: unknown, changes: object = {}) =>
    api.request('POST', '/api/v1/memory/embeddings', {
      key,
      json: {
        ...{ contact_id: contactId, content_type: 'document', content_text: 'Garantia de cinco anos contra rachadura' },
        ...{ embedding, ...changes },
      },
    });

  it('because the database could not tell how far it is from anything, and it would be the first of every search', async () => {
    for (const value of [3e38, 1e39, 1e-44, 1e-300, 0]) {
      const { status, body } = await store(filledWith(value));
      assert.deepEqual(
        [status, body.code, body.errors[0]?.field],
        [422, 'VALIDATION_ERROR', 'embedding'],
        String(value),
      );
    }
    assert.equal((await store([1, 2, 3])).body.code, 'EMBEDDING_DIMENSION_MISMATCH');
  });

  it('by what half precision holds, where vectors are kept so', () => {
    assertVector(filledWith(1e-4), 'some-model (half)');
    for (const value of [70_000, 1e-7]) {
      assert.throws(() => assertVector(filledWith(value), 'some-model (half)'), /must have a length from/);
      assertVector(filledWith(value), 'some-model');
    }
  });

  it('and any other is stored once and found', async () => {
    const first = await store(filledWith(0.5), { metadata: { pages: 3 } });
    assert.equal(first.status, 201);
    assert.equal((await store(filledWith(0.5))).body.id, first.body.id);
    const search = { query: 'garantia', contact_id: contactId, metadata: { pages: 3 } };
    const found = await api.request('POST', '/api/v1/memory/search', { key, json: search });
    assert.deepEqual(
      found.body.results.map((hit: { source_id: string }) => hit.source_id),
      [first.body.id],
    );
  });
});

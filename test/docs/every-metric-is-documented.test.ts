import assert from 'node:assert/strict';
import { exposeOperations } from '../../core/observability/operations';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { readTexts } from './documents';

describe('/metrics', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
    exposeOperations(api.deps.db, api.deps.logger);
  });
  after(() => api.close());

  it('holds what docs/operations.md lists, and no tenant', async () => {
    const { tenantId, apiKey } = await newTenant(api.deps.db);
    await api.request('GET', '/api/v1/contacts', { key: apiKey });
    const text = await (await fetch(`${api.url}/metrics`)).text();
    const shown = new Set([...text.matchAll(/^# TYPE (ventros_\w+|http_\w+) /gm)].map(([, name = '']) => name));
    const [page = ''] = readTexts(['docs/operations.md']);
    const listed = new Set([...page.matchAll(/`((?:ventros|http)_\w+)`/g)].map(([, name = '']) => name));
    assert.ok(shown.size > 20, String(shown.size));
    assert.deepEqual(
      [...shown].filter((name) => !listed.has(name)),
      [],
    );
    assert.deepEqual(
      [...listed].filter((name) => !shown.has(name)),
      [],
    );
    assert.ok(!text.includes(tenantId));
  });
});

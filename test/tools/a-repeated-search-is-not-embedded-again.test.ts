import assert from 'node:assert/strict';
import { newThread } from '../api/fixtures';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('a repeated search is not embedded again', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  it('by the tool that agents search with: an earlier answer that still holds serves', async () => {
    const { db } = api.deps;
    const { tenantId, apiKey: key } = await newTenant(db);
    const { contactId } = await newThread(db, tenantId);
    const search = async (query: string) => {
      const json = { tool_name: 'search_memory', arguments: { contact_id: contactId, query } };
      const { status, body } = await api.request('POST', '/api/v1/mcp/execute', { key, json });
      assert.equal(status, 200, JSON.stringify(body));
    };
    const embedded = () => api.logLines.filter((line) => line.includes('"operation":"query_embeddings"')).length;

    await search('qual era o orçamento?');
    assert.equal(embedded(), 1);
    await search('qual era o orçamento?');
    assert.equal(embedded(), 1);
    await search('e o prazo de entrega?');
    assert.equal(embedded(), 2);
    const paid = await db.withTenant(tenantId, (tx) => tx.aiCost.count({ where: { tenantId } }));
    assert.equal(paid, 0, 'the ledger keeps what is bought');
  });
});

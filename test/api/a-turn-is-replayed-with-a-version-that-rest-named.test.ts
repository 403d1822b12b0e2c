import assert from 'node:assert/strict';
import { openReplay } from '../../core/agents/replay/request';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { newEverything } from './fixtures';

describe('a turn is replayed with a version that REST named', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  it('and not with a profile of the product that its agent does not have', async () => {
    const { tenantId, apiKey: key } = await newTenant(api.deps.db);
    const { recordId } = await newEverything(api.deps.db, tenantId);
    const created = await api.request('POST', '/api/v1/agents', {
      key,
      json: { key: 'after_sales', name: 'Pós-venda' },
    });
    const versions = `/api/v1/agents/${created.body.id}/versions`;
    const made = await api.request('POST', versions, { key, json: { instructions: 'Responda em uma frase.' } });
    assert.equal(made.status, 201);
    const listed = await api.request('GET', versions, { key });
    assert.equal(listed.body.data[0].id, made.body.id);
    await api.deps.db.withTenant(tenantId, async (tx) => {
      const ended = { finishedAt: new Date(), memoryQuery: 'Oi', agentId: created.body.id };
      await tx.decisionRecord.updateMany({ where: { tenantId, id: recordId }, data: ended });
      const replay = (agentVersionId: string | null) =>
        openReplay(tx, tenantId, { recordId: String(recordId), changes: { agentVersionId } });
      assert.deepEqual((await replay(made.body.id)).changes, { agentVersionId: made.body.id });
      await assert.rejects(replay(null), { code: 'PRECONDITION_FAILED' });
    });
  });
});

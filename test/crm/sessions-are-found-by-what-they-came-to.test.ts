import assert from 'node:assert/strict';
import { newThread } from '../api/fixtures';
import { startTestApi, type Json, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('sessions are found by what they came to', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  it('by channel, time, sentiment and words of the summary', async () => {
    const { db } = api.deps;
    const { tenantId, apiKey: key } = await newTenant(db);
    const [first, second] = [await newThread(db, tenantId), await newThread(db, tenantId)];
    const march = new Date('2026-03-01T12:00:00Z');
    await db.withTenant(tenantId, async (tx) => {
      await tx.session.updateMany({ where: { tenantId, id: first.sessionId }, data: { startedAt: march } });
      await tx.sessionSummary.create({
        data: {
          tenantId,
          sessionId: first.sessionId,
          contactId: first.contactId,
          summary: 'Pediu a devolução do liquidificador e recebeu as instruções.',
          topics: ['garantia'],
          sentiment: 'negative',
          sentimentScore: -0.4,
          outcome: 'devolvido',
          resolved: true,
          escalated: false,
          converted: false,
          nextSteps: [],
          keyEntities: [],
          messagesRead: 4,
          language: 'pt-BR',
          model: 'test',
          promptVersion: 'test',
        },
      });
    });
    const found = async (path: string) => {
      const { status, body } = await api.request('GET', `/api/v1/sessions${path}`, { key });
      assert.equal(status, 200, path);
      return body.data.map((session: Json) => session.id);
    };
    const one = [first.sessionId];
    assert.deepEqual(await found(''), [second.sessionId, first.sessionId]);
    assert.deepEqual(await found(`?channel_id=${first.channelId}`), one);
    assert.deepEqual(await found('?from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z'), one);
    assert.deepEqual(await found('?to=2026-03-01T12:00:00Z'), []);
    assert.deepEqual(await found('?sentiment=negative&resolved=true'), one);
    assert.deepEqual(await found('?resolved=false'), []);
    assert.deepEqual(await found('/search?q=DEVOLUCAO'), one);
    assert.deepEqual(await found('/search?q=garantias'), one);
    assert.deepEqual(await found('/search?q=geladeira'), []);
    assert.deepEqual(await found('/search?q=devolucao&sentiment=positive'), []);
  });
});

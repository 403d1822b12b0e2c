import assert from 'node:assert/strict';
import { settleOffer } from '../../core/crm/retention';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { newThread } from './fixtures';

describe('one retention offer is open at a time', () => {
  let api: TestApi;
  let tenantId: string;
  let key: string;
  let contactId: string;
  before(async () => {
    api = await startTestApi();
  });
  beforeEach(async () => {
    ({ tenantId, apiKey: key } = await newTenant(api.deps.db));
    ({ contactId } = await newThread(api.deps.db, tenantId));
  });
  after(() => api.close());

  const offer = (json: object, by = key) =>
    api.request('POST', `/api/v1/contacts/${contactId}/retention-offers`, {
      key: by,
      json: { discount_percent: 10, duration_months: 3, reason: 'preço', ...json },
    });
  const answer = (id: string, verb: string) =>
    api.request('POST', `/api/v1/retention-offers/${id}/${verb}`, { key, json: {} });
  const events = () =>
    api.deps.db.withTenant(tenantId, async (tx) => {
      const rows = await tx.outboxEvent.findMany({
        where: { aggregateType: 'retention_offer' },
        orderBy: { sequence: 'asc' },
      });
      return rows.map(({ eventType }) => eventType);
    });

  it('until it is answered, once, or replaced; three in all; each told as an event', async () => {
    const first = await offer({});
    assert.equal(first.status, 201);
    const second = await offer({});
    assert.deepEqual([second.status, second.body.code], [409, 'CONFLICT']);
    const accepted = await answer(first.body.id, 'accept');
    assert.deepEqual([accepted.status, accepted.body.status], [200, 'accepted']);
    assert.ok(accepted.body.answered_at);
    assert.deepEqual((await answer(first.body.id, 'accept')).body, accepted.body);
    assert.deepEqual((await answer(first.body.id, 'decline')).body.code, 'CONFLICT');

    const third = await offer({ discount_percent: 15 });
    const fourth = await offer({ discount_percent: 20, replaces_open: true });
    assert.deepEqual([third.status, fourth.status], [201, 201]);
    assert.equal((await answer(third.body.id, 'accept')).body.code, 'CONFLICT');
    assert.equal((await answer(fourth.body.id, 'decline')).body.status, 'refused');
    const over = await offer({});
    assert.deepEqual([over.status, over.body.code], [409, 'INVARIANT_VIOLATION']);

    const { body } = await api.request('GET', `/api/v1/contacts/${contactId}/retention-offers?limit=2`, { key });
    const rest = await api.request(
      'GET',
      `/api/v1/contacts/${contactId}/retention-offers?limit=2&cursor=${body.next_cursor}`,
      { key },
    );
    const seen = [...body.data, ...rest.body.data].map((row: { status: string; discount_percent: number }) => [
      row.discount_percent,
      row.status,
    ]);
    assert.deepEqual(seen, [
      [20, 'refused'],
      [15, 'withdrawn'],
      [10, 'accepted'],
    ]);
    assert.deepEqual(await events(), [
      'retention_offer.created',
      'retention_offer.accepted',
      'retention_offer.created',
      'retention_offer.withdrawn',
      'retention_offer.created',
      'retention_offer.refused',
    ]);
  });

  it('also when ten ask at the same moment', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => offer({})));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array<number>(9).fill(409)]);
  });

  it('above 30 % only by a supervisor', async () => {
    const { body } = await api.request('POST', '/api/v1/api-keys', {
      key,
      json: { name: 'atendente', scopes: ['contacts.manage', 'contacts.view'] },
    });
    assert.equal((await offer({ discount_percent: 31 }, body.key)).body.code, 'FORBIDDEN');
    assert.equal((await offer({ discount_percent: 30 }, body.key)).status, 201);
    assert.equal((await offer({ discount_percent: 50, replaces_open: true })).status, 201);
    for (const discount_percent of [0, 101, 1.5]) assert.equal((await offer({ discount_percent })).status, 422);
  });

  it('and what the customer writes answers it by the same way', async () => {
    const { body } = await offer({});
    await api.deps.db.withTenant(tenantId, (tx) => settleOffer(tx, tenantId, { contactId, text: 'Fechado, aceito!' }));
    const list = await api.request('GET', `/api/v1/contacts/${contactId}/retention-offers`, { key });
    assert.deepEqual([list.body.data[0].id, list.body.data[0].status], [body.id, 'accepted']);
    assert.deepEqual(await events(), ['retention_offer.created', 'retention_offer.accepted']);
  });
});

import assert from 'node:assert/strict';
import { BUILT_IN_AGENTS } from '../../core/agents/team/types';
import { SYSTEM_AGENT_IDS } from '../../core/ids';
import { ALL_SCOPES } from '../../core/accounts/scopes';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('sign-up makes a whole tenant', () => {
  let api: TestApi;
  beforeEach(async () => {
    // Each has its own count of attempts.
    api = await startTestApi();
  });
  afterEach(() => api.close());

  const register = (json: Record<string, unknown>) => api.request('POST', '/api/v1/auth/register', { json });
  const someone = () => ({
    name: 'Ana Souza',
    email: `Ana.${Date.now()}.${Math.random()}@Example.com`,
    password: 'uma senha boa',
    project_name: 'Loja da Ana',
  });

  it('with a key that works, a pipeline and all agents', async () => {
    const { status, body } = await register(someone());
    assert.equal(status, 201);
    assert.match(body.api_key, /^vk_[0-9a-f]{64}$/);
    const info = await api.request('GET', '/api/v1/auth/info', { key: body.api_key });
    assert.deepEqual(info.body.project_id, body.project_id);
    assert.deepEqual(info.body.scopes.sort(), [...ALL_SCOPES].sort());

    await api.deps.db.withTenant(body.project_id, async (tx) => {
      assert.deepEqual(
        (await tx.pipeline.findMany()).map(({ color }) => color),
        ['#3B82F6'],
      );
      const agents = await tx.agent.findMany();
      const system = agents.filter(({ type }) => type === 'system').map(({ id }) => id);
      assert.deepEqual(system.sort(), Object.values(SYSTEM_AGENT_IDS).sort());
      assert.deepEqual(
        agents.filter(({ type }) => type === 'human').map(({ userId }) => userId),
        [body.user_id],
      );
      assert.deepEqual(
        agents.flatMap(({ type, key }) => (type === 'ai' ? [key] : [])).sort(),
        [...BUILT_IN_AGENTS].sort(),
      );
      const events = await tx.outboxEvent.findMany({ orderBy: { sequence: 'asc' } });
      assert.deepEqual(
        events.slice(0, 3).map(({ eventType }) => eventType),
        ['billing.account.created', 'project.created', 'pipeline.created'],
      );
    });
  });

  it('once per e-mail, and never answers a key for one that is taken', async () => {
    const person = someone();
    await register(person);
    const again = await register({ ...person, email: person.email.toUpperCase(), password: 'outra senha boa' });
    assert.deepEqual([again.status, again.body.code], [409, 'ALREADY_EXISTS']);
    assert.doesNotMatch(again.text, /vk_/);
  });

  it('and refuses to choose a role or a tenant for oneself', async () => {
    const { status } = await register({ ...someone(), role: 'admin', tenant_id: 'x' });
    assert.equal(status, 422);
  });

  it('at most five times a minute from one address', async () => {
    const statuses = [];
    for (let attempt = 0; attempt < 6; attempt++) statuses.push((await register(someone())).status);
    assert.deepEqual(statuses, [201, 201, 201, 201, 201, 429]);
    const refused = await register(someone());
    assert.ok(Number(refused.headers.get('retry-after')) >= 1);
  });

  it('whose keys can make only weaker keys, and stop at once when revoked', async () => {
    const { apiKey } = await newTenant(api.deps.db);
    const create = (key: string, scopes: string[]) =>
      api.request('POST', '/api/v1/api-keys', { key, json: { name: 'robô', scopes } });
    const weaker = await create(apiKey, ['settings.manage', 'contacts.view']);
    assert.equal(weaker.status, 201);
    const stronger = await create(weaker.body.key, ['messages.send']);
    assert.deepEqual([stronger.status, stronger.body.code], [403, 'FORBIDDEN']);
    assert.equal((await create(apiKey, ['all.everything'])).status, 422);

    const list = await api.request('GET', '/api/v1/api-keys', { key: apiKey });
    assert.equal(list.body.data.length, 2);
    assert.doesNotMatch(list.text, /vk_[0-9a-f]{20}/);
    await api.request('DELETE', `/api/v1/api-keys/${weaker.body.id}`, { key: apiKey });
    assert.equal((await api.request('GET', '/api/v1/auth/info', { key: weaker.body.key })).status, 401);
  });
});

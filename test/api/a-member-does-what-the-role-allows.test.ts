import assert from 'node:assert/strict';
import { newId } from '../../core/ids';
import { startTestApi, type Json, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('a member does what the role allows', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  const MEMBERS = '/api/v1/project-members';

  async function project() {
    const { tenantId, apiKey: owner } = await newTenant(api.deps.db);
    const invite = async (role: string, { key = owner, email = `${newId()}@example.com` } = {}) =>
      api.request('POST', MEMBERS, { key, json: { name: 'Bia', email, role } });
    const status = async (method: string, path: string, key: string, json?: unknown) =>
      (await api.request(method, path, { key, ...(json === undefined ? {} : { json }) })).status;
    const members = async () => (await api.request('GET', MEMBERS, { key: owner })).body.data as Json[];
    return { tenantId, owner, invite, status, members };
  }

  it('with a key of their own, whose scopes follow the role', async () => {
    const { owner, invite, status } = await project();
    const { status: created, body: bia } = await invite('agent');
    assert.equal(created, 201);
    assert.match(bia.key, /^vk_[0-9a-f]{64}$/);
    assert.equal(await status('GET', '/api/v1/contacts', bia.key), 200);
    assert.equal(await status('POST', '/api/v1/contacts', bia.key, { name: 'Joana' }), 201);
    assert.equal(await status('GET', '/api/v1/budgets', bia.key), 403);
    assert.equal(await status('POST', MEMBERS, bia.key, { name: 'X', email: 'x@example.com', role: 'agent' }), 403);
    const me = await api.request('GET', '/api/v1/agents/me', { key: bia.key });
    assert.deepEqual([me.status, me.body.id, me.body.role], [200, bia.agent_id, 'human_agent']);

    const path = `${MEMBERS}/${bia.id}`;
    const viewer = await api.request('PATCH', path, { key: owner, json: { role: 'viewer', version: 1 } });
    assert.equal(viewer.body.role, 'viewer');
    assert.equal(await status('GET', '/api/v1/contacts', bia.key), 200);
    assert.equal(await status('POST', '/api/v1/contacts', bia.key, { name: 'Joana' }), 403, 'from the next request on');
    assert.equal(await status('PATCH', path, owner, { role: 'supervisor', version: 1 }), 409);
    assert.equal(await status('PATCH', path, owner, { role: 'supervisor', version: 2 }), 200);
    assert.equal(await status('GET', '/api/v1/decision-records', bia.key), 403, 'a key keeps what it was made with');
    const { body: renewed } = await api.request('POST', `${path}/key`, { key: owner });
    assert.equal(await status('GET', '/api/v1/decision-records', renewed.key), 200);
    assert.equal(await status('GET', '/api/v1/contacts', bia.key), 401, 'the old one is revoked');
  });

  it('and is among the people what they are as a member', async () => {
    const { tenantId, owner, invite } = await project();
    const email = `${newId()}@example.com`;
    const json = { type: 'human', name: 'Bia', email, role: 'human_agent' };
    await api.request('POST', '/api/v1/agents', { key: owner, json });
    const { body: bia } = await invite('supervisor', { email });
    const { body: rui } = await invite('agent');
    const roleOf = async (id: string) => (await api.request('GET', `/api/v1/agents/${id}`, { key: owner })).body.role;
    assert.deepEqual([await roleOf(bia.agent_id), await roleOf(rui.agent_id)], ['supervisor', 'human_agent']);
    const change = async (member: Json, role: string, version: number) =>
      (await api.request('PATCH', `${MEMBERS}/${member.id}`, { key: owner, json: { role, version } })).status;
    assert.deepEqual([await change(bia, 'agent', 1), await change(rui, 'admin', 1)], [200, 200]);
    assert.deepEqual([await roleOf(bia.agent_id), await roleOf(rui.agent_id)], ['human_agent', 'supervisor']);
    const told = await api.deps.db.withTenant(tenantId, (tx) =>
      tx.outboxEvent.count({ where: { tenantId, eventType: 'agent.updated', aggregateId: rui.agent_id } }),
    );
    assert.equal(told, 1);
  });

  it('until they are taken out', async () => {
    const { tenantId, owner, invite, status } = await project();
    const { body: bia } = await invite('supervisor');
    assert.equal(await status('DELETE', `${MEMBERS}/${bia.id}`, owner), 204);
    assert.equal(await status('GET', '/api/v1/contacts', bia.key), 401);
    assert.equal(await status('GET', `${MEMBERS}/${bia.id}`, owner), 404);
    const person = await api.request('GET', `/api/v1/agents/${bia.agent_id}`, { key: owner });
    assert.deepEqual([person.body.is_active, person.body.status], [false, 'offline']);
    const told = await api.deps.db.withTenant(tenantId, (tx) =>
      tx.outboxEvent.findMany({
        where: { tenantId, eventType: { startsWith: 'project_member.' } },
        orderBy: { sequence: 'asc' },
      }),
    );
    assert.deepEqual(
      told.map(({ eventType }) => eventType),
      ['project_member.invited', 'project_member.removed'],
    );
    assert.ok(!JSON.stringify(told.map(({ eventData }) => eventData)).includes('example.com'));
  });

  it('and is one of the people who answer as long as they may', async () => {
    const { owner, invite, status, members } = await project();
    const email = `${newId()}@example.com`;
    const { body: bia } = await invite('agent', { email });
    const path = `${MEMBERS}/${bia.id}`;
    const person = async () => {
      const { body } = await api.request('GET', `/api/v1/agents/${bia.agent_id}`, { key: owner });
      return [body.is_active, body.status];
    };
    const agentIdOf = async () => (await members())[0].agent_id as string | null;

    await status('PATCH', path, owner, { role: 'viewer', version: 1 });
    assert.equal(await agentIdOf(), null);
    assert.deepEqual(await person(), [false, 'offline'], 'a viewer answers nobody');
    await status('PATCH', path, owner, { role: 'supervisor', version: 2 });
    assert.equal(await agentIdOf(), bia.agent_id);
    assert.deepEqual(await person(), [true, 'available']);

    await status('DELETE', path, owner);
    const { body: again } = await invite('agent', { email });
    assert.equal(again.agent_id, bia.agent_id);
    assert.deepEqual(await person(), [true, 'available']);
  });

  it('and nobody gives themselves more, or leaves the project without an administrator', async () => {
    const { owner, invite, status, members } = await project();
    const [first] = await members();
    assert.deepEqual([first.role, first.name], ['admin', 'Ana Teste']);
    assert.equal(await status('PATCH', `${MEMBERS}/${first.id}`, owner, { role: 'viewer', version: 1 }), 403);
    assert.equal(await status('DELETE', `${MEMBERS}/${first.id}`, owner), 403);

    const { body: second } = await invite('admin');
    for (const [method, json] of [
      ['PATCH', { role: 'viewer', version: 1 }],
      ['DELETE', undefined],
    ] as const) {
      const refused = await api.request(method, `${MEMBERS}/${first.id}`, {
        key: second.key,
        ...(json ? { json } : {}),
      });
      assert.deepEqual([refused.status, refused.body.code], [409, 'INVARIANT_VIOLATION'], method);
    }
    const scopes = ['members.view', 'members.manage', 'settings.manage'];
    const { body: narrow } = await api.request('POST', '/api/v1/api-keys', {
      key: owner,
      json: { name: 'só', scopes },
    });
    const wide = await invite('admin', { key: narrow.key });
    assert.deepEqual([wide.status, wide.body.code], [403, 'FORBIDDEN']);
    assert.equal(await status('PATCH', `${MEMBERS}/${second.id}`, narrow.key, { role: 'viewer', version: 1 }), 403);
    assert.equal(await status('POST', `${MEMBERS}/${second.id}/key`, narrow.key), 403);
    assert.equal((await members()).length, 2);
  });

  it('and one e-mail is one user in many projects, but one member of each', async () => {
    const one = await project();
    const other = await project();
    const email = `${newId()}@example.com`;
    const { body: here } = await one.invite('agent', { email });
    const { body: there } = await other.invite('viewer', { email: email.toUpperCase() });
    assert.equal(here.user_id, there.user_id);
    assert.equal(there.agent_id, null);
    const twice = await one.invite('viewer', { email });
    assert.deepEqual([twice.status, twice.body.code], [409, 'ALREADY_EXISTS']);
    const register = await api.request('POST', '/api/v1/auth/register', {
      json: { name: 'X', email, password: 'correct horse', project_name: 'Outra' },
    });
    assert.deepEqual([register.status, register.body.code], [409, 'ALREADY_EXISTS']);
    assert.equal(await other.status('POST', '/api/v1/contacts', there.key, { name: 'Joana' }), 403);
    await other.status('DELETE', `${MEMBERS}/${there.id}`, other.owner);
    assert.equal(await one.status('GET', '/api/v1/contacts', here.key), 200, 'the other project keeps its member');
  });
});

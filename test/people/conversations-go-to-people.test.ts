import assert from 'node:assert/strict';
import { newMessage, newThread, type Thread } from '../api/fixtures';
import { startTestApi, type Json, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('conversations go to people', () => {
  let api: TestApi;
  let key: string;
  let tenantId: string;
  before(async () => {
    api = await startTestApi();
  });
  beforeEach(async () => {
    ({ tenantId, apiKey: key } = await newTenant(api.deps.db));
  });
  after(() => api.close());

  const post = (path: string, json: object) => api.request('POST', `/api/v1${path}`, { key, json });
  const person = async (name: string, more: object = {}): Promise<Json['body']> => {
    const email = `${name.toLowerCase()}@loja.example.com`;
    const made = await post('/agents', { type: 'human', name, email, ...more });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    return made.body;
  };
  const on = ({ conversationId }: Thread) => `/conversations/${conversationId}`;

  it('keeps people with their skills, and refuses what belongs to no person', async () => {
    const ana = await person('Ana', { skills: ['support_billing'], languages: ['pt-BR', 'en'], max_sessions: 5 });
    assert.deepEqual(
      [ana.type, ana.role, ana.status, ana.skills, ana.languages, ana.max_sessions, ana.priority],
      ['human', 'human_agent', 'available', ['support_billing'], ['pt-BR', 'en'], 5, 50],
    );
    const twin = await post('/agents', { type: 'human', name: 'Outra', email: 'ANA@loja.example.com' });
    assert.deepEqual([twin.status, twin.body.code], [409, 'ALREADY_EXISTS']);
    const path = `/api/v1/agents/${ana.id}`;
    const away = await api.request('PATCH', path, { key, json: { status: 'away', version: 1 } });
    assert.deepEqual([away.status, away.body.status, away.body.version], [200, 'away', 2]);
    for (const wrong of [
      { type: 'human', name: 'Sem e-mail' },
      { type: 'human', name: 'Cheia', email: 'c@example.com', max_sessions: 11 },
      { type: 'human', name: 'Dona', email: 'd@example.com', role: 'admin' },
      { key: 'vendas', name: 'IA', skills: ['x'] },
      { name: 'IA' },
    ])
      assert.equal((await post('/agents', wrong)).status, 422, JSON.stringify(wrong));
    const { body: ai } = await post('/agents', { key: 'vendas', name: 'IA' });
    const change = await api.request('PATCH', `/api/v1/agents/${ai.id}`, { key, json: { status: 'busy', version: 1 } });
    assert.equal(change.body.code, 'INVARIANT_VIOLATION');
    assert.equal((await api.request('DELETE', path, { key })).status, 204);
  });

  it('assigns, transfers with a note and hands back, all of it on the timeline', async () => {
    const [ana, bia] = [await person('Ana'), await person('Bia')];
    const thread = await newThread(api.deps.db, tenantId);
    const queued = await newMessage(api.deps.db, tenantId, thread, { fromMe: true, source: 'bot', status: 'queued' });
    const early = await post(`${on(thread)}/transfer`, { agent_id: bia.id, note: 'x' });
    assert.equal(early.body.code, 'INVARIANT_VIOLATION');

    const assigned = await post(`${on(thread)}/assign`, { agent_id: ana.id });
    assert.deepEqual(
      [assigned.status, assigned.body.label, assigned.body.handler, assigned.body.assigned_agent_id],
      [200, 'Ana', 'human', ana.id],
    );
    assert.deepEqual(assigned.body.cancelled_message_ids, [queued]);
    const moved = await post(`${on(thread)}/transfer`, { agent_id: bia.id, note: 'Quer o reembolso até sexta' });
    assert.deepEqual([moved.status, moved.body.label], [200, 'Bia']);
    const again = await post(`${on(thread)}/transfer`, { agent_id: bia.id, note: 'x' });
    assert.equal(again.body.code, 'INVARIANT_VIOLATION');
    const back = await post(`${on(thread)}/hand-back`, {});
    assert.deepEqual([back.body.label, back.body.assigned_agent_id], ['AI', null]);

    await api.deps.db.withTenant(tenantId, async (tx) => {
      const lines = await tx.contactEvent.findMany({ where: { category: 'assignment' }, orderBy: { id: 'asc' } });
      assert.deepEqual(
        lines.map(({ eventType }) => eventType),
        ['agent_assigned', 'agent_transferred', 'agent_unassigned'],
      );
      const note = await tx.note.findFirstOrThrow({ where: { type: 'session_handoff' } });
      assert.equal(note.content, 'Quer o reembolso até sexta');
      const sessions = await tx.agentSession.findMany({ orderBy: { id: 'asc' } });
      assert.deepEqual(
        sessions.map(({ agentId, role, sessionId, leftAt }) => [agentId, role, sessionId, leftAt !== null]),
        [
          [ana.id, 'primary', thread.sessionId, true],
          [bia.id, 'handoff', thread.sessionId, true],
        ],
      );
    });
  });

  it('tells whoever had a conversation who has it now, by REST and by tool, unless that is not wanted', async () => {
    const [ana, bia] = [await person('Ana'), await person('Bia')];
    const thread = await newThread(api.deps.db, tenantId);
    const toldOf = async ({ id }: Json['body']) => {
      const { body } = await api.request('GET', `/api/v1/agents/${id}/notifications`, { key });
      return body.data.map((line: Json['body']) => [line.event_type, line.title, line.payload.to_agent_id]);
    };
    const transfer = (to: Json['body'], more = {}) =>
      post(`${on(thread)}/transfer`, { agent_id: to.id, note: 'Conhece o caso', ...more });
    const assignByTool = (to: Json['body'], more = {}) =>
      post('/mcp/execute', {
        tool_name: 'assign_agent_to_session',
        arguments: { session_id: thread.sessionId, agent_id: to.id, ...more },
      });
    await post(`${on(thread)}/assign`, { agent_id: ana.id });
    assert.deepEqual([await toldOf(ana), await toldOf(bia)], [[], []]);
    await transfer(bia);
    const fromAna = ['notification_sent', 'A conversa que estava com Ana passou a Bia', bia.id];
    assert.deepEqual([await toldOf(ana), await toldOf(bia)], [[fromAna], []]);
    await assignByTool(ana, { notify_previous: false });
    assert.deepEqual(await toldOf(bia), []);

    await api.request('PATCH', '/api/v1/people-settings', { key, json: { notify_previous: false } });
    await transfer(bia);
    await transfer(ana, { notify_previous: true });
    await assignByTool(bia, { notify_previous: true });
    assert.deepEqual(await toldOf(ana), [fromAna, fromAna]);
    assert.deepEqual(await toldOf(bia), [['notification_sent', 'A conversa que estava com Bia passou a Ana', ana.id]]);
    await post(`${on(thread)}/hand-back`, {});
    assert.equal((await toldOf(bia)).length, 1);

    const told = await api.deps.db.withTenant(tenantId, (tx) =>
      tx.outboxEvent.findMany({ where: { eventType: 'agent.notified' }, orderBy: { sequence: 'asc' } }),
    );
    assert.deepEqual(
      told.map(({ eventData }) => (eventData as { agentId: string }).agentId),
      [ana.id, bia.id, ana.id],
    );
  });

  it('takes over as one of the people', async () => {
    const ana = await person('Ana');
    const thread = await newThread(api.deps.db, tenantId);
    const taken = await post(`${on(thread)}/take-over`, { agent_id: ana.id });
    assert.deepEqual([taken.body.label, taken.body.assigned_agent_id], ['Ana', ana.id]);
    const { data } = (await api.request('GET', `/api/v1/conversations?assigned_agent_id=${ana.id}`, { key })).body;
    assert.deepEqual(
      data.map(({ id }: { id: string }) => id),
      [thread.conversationId],
    );
    const deleted = await api.request('DELETE', `/api/v1/agents/${ana.id}`, { key });
    assert.equal(deleted.body.code, 'INVARIANT_VIOLATION');
  });

  it('gives nobody more than they may have, however many ask at once', async () => {
    const ana = await person('Ana', { max_sessions: 3 });
    const threads = await Promise.all(Array.from({ length: 6 }, () => newThread(api.deps.db, tenantId)));
    const answers = await Promise.all(threads.map((thread) => post(`${on(thread)}/assign`, { agent_id: ana.id })));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 200, 409, 409, 409]);
    // The administrator of the account, who is a person as well, is the only one left.
    const others = threads.filter((_thread, index) => answers[index]?.status === 409);
    for (const thread of others) {
      const { body } = await post(`${on(thread)}/assign`, { strategy: 'least_sessions' });
      assert.equal(body.label, 'Ana Teste');
    }
    const byHand = await post(`${on(others[0] as Thread)}/assign`, {});
    assert.deepEqual([byHand.status, byHand.body.code], [412, 'PRECONDITION_FAILED']);
  });

  it('assigns to people only, of this tenant only', async () => {
    const thread = await newThread(api.deps.db, tenantId);
    const bot = await api.deps.db.withTenant(tenantId, (tx) =>
      tx.agent.findFirstOrThrow({ where: { key: 'balanced' } }),
    );
    const stranger = await newTenant(api.deps.db);
    const theirs = await api.deps.db.withTenant(stranger.tenantId, (tx) =>
      tx.agent.findFirstOrThrow({ where: { type: 'human' } }),
    );
    for (const verb of ['assign', 'take-over']) {
      const toBot = await post(`${on(thread)}/${verb}`, { agent_id: bot.id });
      assert.equal(toBot.body.code, 'INVARIANT_VIOLATION');
      assert.equal((await post(`${on(thread)}/${verb}`, { agent_id: theirs.id })).status, 404);
    }
  });
});

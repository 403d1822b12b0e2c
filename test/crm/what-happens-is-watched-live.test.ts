import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpApp } from '../../api/http/app';
import { newId } from '../../core/ids';
import { newThread } from '../api/fixtures';
import { eventually } from '../support/eventually';
import { openStream, type EventStream } from '../support/event-stream';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('what happens is watched live', () => {
  let writer: TestApi;
  let watched: TestApi;
  before(async () => {
    writer = await startTestApi();
    watched = await startTestApi();
  });
  after(async () => {
    await watched.close();
    await writer.close();
  });

  async function shop() {
    const { tenantId, apiKey: key } = await newTenant(writer.deps.db);
    const thread = await newThread(writer.deps.db, tenantId);
    const path = `/api/v1/contacts/${thread.contactId}/events`;
    const happen = async (title: string) => {
      const json = { category: 'general', event_type: 'visited', title };
      const { status } = await writer.request('POST', path, { key, json });
      assert.equal(status, 201);
    };
    const watch = (lastEventId?: string) => openStream(`${watched.url}${path}/stream`, { key, lastEventId });
    return { tenantId, key, ...thread, path, happen, watch };
  }

  it('a timeline, whichever process writes, and goes on where it broke off', async () => {
    const { happen, watch } = await shop();
    await happen('antes');
    const stream = await watch();
    await happen('um');
    await happen('dois');
    const first = await stream.next();
    const second = await stream.next();
    assert.deepEqual([first.name, first.data.title, second.data.title], ['contact_event', 'um', 'dois']);
    assert.deepEqual(Object.keys(first.data).sort(), [
      'category',
      'contact_id',
      'event_type',
      'id',
      'occurred_at',
      'payload',
      'priority',
      'session_id',
      'source',
      'title',
      'told_agent_id',
      'visible_to_client',
    ]);
    await stream.close();
    await happen('três');
    await happen('quatro');
    const again = await watch(first.id);
    assert.deepEqual(
      [(await again.next()).data.title, (await again.next()).data.title, (await again.next()).data.title],
      ['dois', 'três', 'quatro'],
    );
    assert.ok(await again.isSilentFor(700));
    await again.close();
  });

  it('only of the contact, and only with ids that a stream has given', async () => {
    const mine = await shop();
    const other = await shop();
    const stream = await mine.watch();
    await other.happen('outro');
    await mine.happen('meu');
    assert.equal((await stream.next()).data.title, 'meu');
    await stream.close();
    const never = '00000000-0000-0000-0000-000000000000';
    for (const id of ['oi', `9:8://0/${never}`, `1:${'9'.repeat(18)}://0/${never}`]) {
      const headers = { 'last-event-id': id };
      const refused = await watched.request('GET', `${mine.path}/stream`, { key: mine.key, headers });
      assert.deepEqual([refused.status, refused.body.code], [400, 'CURSOR_INVALID']);
    }
  });

  it('until the key is revoked', async () => {
    const { key, watch } = await shop();
    const stream = await watch();
    const { body } = await writer.request('GET', '/api/v1/api-keys', { key });
    await writer.request('DELETE', `/api/v1/api-keys/${body.data[0].id}`, { key });
    const end = await stream.next();
    assert.deepEqual([end.name, end.data], ['end', { reason: 'key_not_in_force' }]);
    await assert.rejects(stream.next(), /over/);
  });

  it('until whoever watches is no member any more', async () => {
    const { tenantId, key: owner, path } = await shop();
    const json = { name: 'Bia', email: `${newId()}@example.com`, role: 'agent' };
    const { body } = await writer.request('POST', '/api/v1/project-members', { key: owner, json });
    const stream = await openStream(`${watched.url}${path}/stream`, { key: body.key });
    // A key may be made while its member is taken out: it is in force, and allows nothing.
    await writer.deps.db.withTenant(tenantId, (tx) =>
      tx.projectMember.deleteMany({ where: { tenantId, id: body.id } }),
    );
    const end = await stream.next();
    assert.deepEqual([end.name, end.data], ['end', { reason: 'key_not_in_force' }]);
  });

  it('until the contact is deleted, or is to be forgotten', async () => {
    for (const ending of ['', '/memory?scope=everything']) {
      const { contactId, key, watch } = await shop();
      const stream = await watch();
      const { status } = await writer.request('DELETE', `/api/v1/contacts/${contactId}${ending}`, { key });
      assert.ok(status < 300, String(status));
      let event = await stream.next();
      if (event.name !== 'end') event = await stream.next();
      assert.deepEqual(event.data, { reason: 'contact_gone' });
    }
  });

  it('until the process is asked to stop', async () => {
    const { key, path } = await shop();
    let isDraining = false;
    const server = createServer(createHttpApp({ ...watched.deps, isDraining: () => isDraining }));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const stream = await openStream(`${url}${path}/stream`, { key });
    isDraining = true;
    assert.deepEqual((await stream.next()).data, { reason: 'server_closing' });
    // Nothing is left that would keep it.
    await new Promise((resolve) => server.close(resolve));
  });

  it('by at most twenty of a project at once', async () => {
    const { watch, key, path } = await shop();
    const streams: EventStream[] = [];
    while (streams.length < 20) streams.push(await watch());
    const refused = await watched.request('GET', `${path}/stream`, { key });
    assert.deepEqual([refused.status, refused.body.code], [429, 'RATE_LIMIT_EXCEEDED']);
    assert.ok(refused.headers.get('retry-after'));
    const { watch: another } = await shop();
    await (await another()).close();
    await Promise.all(streams.map((stream) => stream.close()));
  });

  it('and by nobody who was gone before it began', async () => {
    const { key, path } = await shop();
    const server = createServer(createHttpApp(watched.deps));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const headers = { authorization: `Bearer ${key}` };
    for (let gone = 0; gone < 20; gone++) {
      const asked = request({ host: '127.0.0.1', port, path: `${path}/stream`, headers });
      asked.on('error', () => undefined);
      asked.end();
      const [, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
      asked.destroy();
      await once(response, 'close');
    }
    const url = `http://127.0.0.1:${port}${path}/stream`;
    const stream = await eventually('a free place', () => openStream(url, { key }).catch(() => null));
    await stream.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('all conversations of the project: messages, and who answers', async () => {
    const { key, contactId, channelId, conversationId } = await shop();
    const stream = await openStream(`${watched.url}/api/v1/conversations/stream`, { key });
    const { body: sent } = await writer.request('POST', '/api/v1/messages/send', {
      key,
      json: { contact_id: contactId, channel_id: channelId, text: 'Bom dia' },
    });
    await writer.request('POST', `/api/v1/conversations/${conversationId}/take-over`, { key, json: { name: 'Ana' } });
    const seen = [await stream.next(), await stream.next(), await stream.next()].map(({ data }) => data);
    assert.deepEqual(seen.map(({ event_type }) => event_type).sort(), [
      'conversation.handler_changed',
      'message.created',
      'message.send_requested',
    ]);
    for (const event of seen) assert.deepEqual([event.conversation_id, event.contact_id], [conversationId, contactId]);
    const message = seen.find(({ event_type }) => event_type === 'message.created');
    assert.deepEqual([message.message_id, message.from_me], [sent.id, true]);
    const handler = seen.find(({ event_type }) => event_type === 'conversation.handler_changed');
    assert.deepEqual([handler.handler, handler.handler_version], ['human', 2]);

    const person = async (name: string) => {
      const json = { type: 'human', name, email: `${name}@example.com` };
      return (await writer.request('POST', '/api/v1/agents', { key, json })).body.id;
    };
    const [bia, caio] = [await person('bia'), await person('caio')];
    for (const agent_id of [bia, caio])
      await writer.request('POST', `/api/v1/conversations/${conversationId}/assign`, { key, json: { agent_id } });
    const told = [await stream.next(), await stream.next(), await stream.next()].map(({ data }) => data);
    assert.deepEqual(told.map(({ event_type, agent_id }) => [event_type, agent_id]).sort(), [
      ['agent.notified', bia],
      ['conversation.handler_changed', null],
      ['conversation.handler_changed', null],
    ]);
    await stream.close();
  });
});

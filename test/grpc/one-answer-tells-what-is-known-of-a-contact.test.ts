import assert from 'node:assert/strict';
import { status as grpcStatus } from '@grpc/grpc-js';
import type { GetContactContextRequest } from '../../api/grpc/generated/ventros/memory/v1/memory';
import { addFact } from '../../core/memory';
import { newConversation, say, type TestConversation } from '../memory/fixtures';
import { testDatabase } from '../support/database';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { ask, errorDetails, startServer, withKey, type RunningServer } from './server';

const LONG = 'lavadora '.repeat(1_000);

describe('one answer tells what is known of a contact', () => {
  const db = testDatabase();
  let server: RunningServer;
  let api: TestApi;
  let ours: TestConversation;
  let apiKey: string;
  let strangersKey: string;

  before(async () => {
    const tenant = await newTenant(db);
    apiKey = tenant.apiKey;
    strangersKey = (await newTenant(db)).apiKey;
    ours = await newConversation(db, tenant.tenantId);
    const at = (minute: number) => new Date(Date.UTC(2026, 2, 1, 12, minute));
    await say(db, ours, { text: 'Quero uma cozinha planejada com ilha', sentAt: at(0) });
    await say(db, ours, { text: LONG, sentAt: at(1) });
    await say(db, ours, { text: null, contentType: 'image', extractedText: 'Planta da sala', sentAt: at(2) });
    await say(db, ours, { text: 'Qual a metragem?', fromMe: true, sentAt: at(3) });
    await db.withTenant(ours.tenantId, async (tx) => {
      await addFact(tx, ours.tenantId, {
        contactId: ours.contactId,
        type: 'budget',
        text: 'Tem 45 mil reais',
        reason: null,
        actor: { by: 'user', user_id: tenant.userId },
      });
      await tx.sessionSummary.create({
        data: {
          tenantId: ours.tenantId,
          sessionId: ours.sessionId,
          contactId: ours.contactId,
          summary: 'Perguntou por uma cozinha.',
          topics: ['cozinha'],
          sentiment: 'neutral',
          sentimentScore: 0,
          outcome: 'pending',
          resolved: false,
          escalated: false,
          converted: false,
          nextSteps: ['enviar proposta'],
          keyEntities: [],
          messagesRead: 4,
          language: 'pt-BR',
          model: 'test',
          promptVersion: 'test',
        },
      });
      await tx.contact.update({ where: { id: ours.contactId }, data: { tags: ['vip', 'reforma'] } });
      await tx.contact.create({
        data: { id: crypto.randomUUID(), tenantId: ours.tenantId, name: 'Parecida', tags: ['vip'] },
      });
    });
    server = await startServer(db);
    api = await startTestApi();
  });
  after(async () => {
    await server.stop();
    await api.close();
    await db.close();
  });

  const context = (changes: Partial<GetContactContextRequest> = {}, key = apiKey) =>
    ask(server.client.getContactContext, {
      client: server.client,
      metadata: withKey(key),
      request: { tenantId: '', contactId: ours.contactId, query: '', strategy: 0, ...changes },
    });
  const similar = (key: string, limit?: number) =>
    ask(server.client.findSimilarContacts, {
      client: server.client,
      metadata: withKey(key),
      request: { tenantId: '', contactId: ours.contactId, limit },
    });

  it('facts, the last messages in order and cut, summaries, and memories that are not among the messages', async () => {
    const all = await context({ query: 'cozinha', maxMessages: 3 });
    assert.deepEqual(
      all.facts.map(({ factText }) => factText),
      ['Tem 45 mil reais'],
    );
    assert.deepEqual(
      all.messages.map(({ text, fromCompany, isCut }) => [text.slice(0, 20), text.length, fromCompany, isCut]),
      [
        [LONG.slice(0, 20), 2_000, false, true],
        ['Planta da sala', 14, false, false],
        ['Qual a metragem?', 16, true, false],
      ],
    );
    assert.deepEqual(
      all.sessions.map(({ summary, nextSteps }) => [summary, nextSteps]),
      [['Perguntou por uma cozinha.', ['enviar proposta']]],
    );
    assert.equal(all.memories[0]?.content, 'Quero uma cozinha planejada com ilha');
    assert.equal(all.memories[0]?.contactId, ours.contactId);
    const shown = new Set(all.messages.map(({ messageId }) => messageId));
    assert.ok(all.memories.every(({ sourceId }) => !shown.has(sourceId)));
  });

  it('each part can be left out, and without a query nothing is searched', async () => {
    const { facts, messages, sessions, memories, metadata } = await context({
      maxFacts: 0,
      maxSessions: 0,
      maxMessages: 1,
    });
    assert.deepEqual([facts, sessions, memories, metadata], [[], [], [], undefined]);
    assert.equal(messages.length, 1);
    await assert.rejects(context({ maxMessages: 51 }), (error) => errorDetails(error).fields[0] === 'max_messages');
  });

  it('the same over REST', async () => {
    const { body } = await api.request('POST', `/api/v1/contacts/${ours.contactId}/memory/context`, {
      key: apiKey,
      json: { query: 'cozinha', max_messages: 3 },
    });
    const overGrpc = await context({ query: 'cozinha', maxMessages: 3 });
    const rest = body as {
      facts: { id: string }[];
      messages: { id: string; text: string }[];
      sessions: { session_id: string }[];
      memories: { results: { source_id: string; content: string }[] };
    };
    assert.deepEqual(
      rest.facts.map(({ id }) => id),
      overGrpc.facts.map(({ factId }) => factId),
    );
    assert.deepEqual(
      rest.messages.map(({ id, text }) => [id, text]),
      overGrpc.messages.map(({ messageId, text }) => [messageId, text]),
    );
    assert.deepEqual(
      rest.sessions.map(({ session_id: id }) => id),
      overGrpc.sessions.map(({ sessionId }) => sessionId),
    );
    assert.deepEqual(
      rest.memories.results.map(({ content }) => content),
      overGrpc.memories.map(({ content }) => content),
    );
  });

  it('similar contacts say what they share', async () => {
    const { contacts } = await similar(apiKey);
    assert.deepEqual(
      contacts.map(({ name, shared }) => [name, shared]),
      [['Parecida', [{ kind: 'tag', names: ['vip'], count: 1 }]]],
    );
    await assert.rejects(similar(apiKey, 51), (error) => errorDetails(error).fields[0] === 'limit');
  });

  it('another tenant finds nobody', async () => {
    await assert.rejects(context({}, strangersKey), { code: grpcStatus.NOT_FOUND });
    await assert.rejects(similar(strangersKey), { code: grpcStatus.NOT_FOUND });
  });
});

import assert from 'node:assert/strict';
import { status as grpcStatus } from '@grpc/grpc-js';
import { SearchStrategy, type SearchMemoryRequest } from '../../api/grpc/generated/ventros/memory/v1/memory';
import { createApiKey } from '../../core/accounts/api-keys';
import { AppError } from '../../core/errors';
import { newId } from '../../core/ids';
import { storeFacts } from '../../core/memory';
import { newConversation, say, type TestConversation } from '../memory/fixtures';
import { bagOfWords } from '../memory/bag-of-words';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { ask, errorDetails, startServer, withKey, type RunningServer } from './server';

describe('the memory service answers by its contract', () => {
  const db = testDatabase();
  let server: RunningServer;
  let conversation: TestConversation;
  let messageId: string;
  let factId: string;
  let apiKey: string;
  let otherKey: string;
  let readOnlyKey: string;

  before(async () => {
    const tenant = await newTenant(db);
    apiKey = tenant.apiKey;
    otherKey = (await newTenant(db)).apiKey;
    conversation = await newConversation(db, tenant.tenantId);
    messageId = await say(db, conversation, { text: 'Meu orçamento para a cozinha é de R$ 45.000' });
    await say(db, conversation, { text: 'Nós vamos montar na quinta', fromMe: true });
    await db.withTenant(tenant.tenantId, async (tx) => {
      const { key } = await createApiKey(tx, {
        tenantId: tenant.tenantId,
        userId: tenant.userId,
        name: 'read only',
        scopes: ['memory.view'],
      });
      readOnlyKey = key;
      const [fact] = await storeFacts(tx, tenant.tenantId, {
        contactId: conversation.contactId,
        model: 'test',
        facts: [
          {
            type: 'budget',
            text: 'O orçamento da cozinha é de R$ 45.000.',
            confidence: 0.7,
            sourceMessageId: messageId,
            saidAt: new Date(),
            startsAt: null,
            endsAt: null,
          },
        ],
      });
      factId = fact?.id ?? '';
    });
    server = await startServer(db, {
      extractFacts: async (request) => {
        server.extractions.push(request);
        if (request.timeoutMs < 5000) throw new AppError('TIMEOUT', 'The extraction goes on; ask for the facts later');
        return [factId];
      },
    });
  });
  after(async () => {
    await server.stop();
    await db.close();
  });

  const search = (changes: Partial<SearchMemoryRequest> = {}, key = apiKey, timeoutMs?: number) =>
    ask(server.client.searchMemory, {
      client: server.client,
      metadata: withKey(key),
      timeoutMs,
      request: {
        tenantId: '',
        query: 'orcamento',
        contactId: conversation.contactId,
        sessionId: '',
        topK: 10,
        filters: {},
        weights: {},
        fusion: 0,
        metadata: undefined,
        strategy: SearchStrategy.SEARCH_STRATEGY_UNSPECIFIED,
        ...changes,
      },
    });
  const store = (changes: object = {}, key = apiKey) =>
    ask(server.client.storeEmbedding, {
      client: server.client,
      metadata: withKey(key),
      request: {
        tenantId: '',
        contactId: conversation.contactId,
        sessionId: '',
        messageId: '',
        contentType: 'document',
        contentText: 'Contrato: garantia de cinco anos contra rachadura',
        embedding: bagOfWords('Contrato: garantia de cinco anos contra rachadura'),
        metadata: {},
        ...changes,
      },
    });
  const extract = (changes: object = {}, key = apiKey, timeoutMs?: number) =>
    ask(server.client.extractFacts, {
      client: server.client,
      metadata: withKey(key),
      timeoutMs,
      request: { tenantId: '', messageId, messageContent: '', ...changes },
    });
  const facts = (changes: object = {}, key = apiKey) =>
    ask(server.client.getContactFacts, {
      client: server.client,
      metadata: withKey(key),
      request: { tenantId: '', contactId: conversation.contactId, factTypes: [], asOf: undefined, ...changes },
    });
  const add = (changes: object = {}, key = apiKey) =>
    ask(server.client.addFact, {
      client: server.client,
      metadata: withKey(key),
      request: {
        ...{ tenantId: '', contactId: conversation.contactId, factType: 'attribute', factText: 'Mora em Campinas.' },
        ...{ subject: '', validFrom: new Date('2026-01-10T00:00:00Z'), validTo: undefined, reason: 'ficha' },
        ...changes,
      },
    });
  const invalidate = (id: string, key = apiKey) =>
    ask(server.client.invalidateFact, {
      client: server.client,
      metadata: withKey(key),
      request: { tenantId: '', factId: id, reason: '' },
    });
  const fails = async (call: Promise<unknown>, code: grpcStatus, reason: string, field?: string) => {
    await assert.rejects(call, (error) => {
      const details = errorDetails(error);
      assert.deepEqual(
        [grpcStatus[details.code], details.reason, details.domain],
        [grpcStatus[code], reason, 'ventros'],
      );
      if (field) assert.ok(details.fields.includes(field), `fields ${details.fields.join()}`);
      return true;
    });
  };

  it('says how relevant a result is, and why there is none', async () => {
    const { results, metadata } = await search();
    assert.ok((results[0]?.relevance ?? 0) > 0.1, `relevance ${results[0]?.relevance}`);
    assert.equal(metadata?.emptyReason, '');
    const none = await search({ minRelevance: 1 });
    assert.deepEqual([none.results, none.metadata?.emptyReason], [[], 'nothing_relevant']);
    const silent = await search({ filters: { type: 'sticker' } });
    assert.deepEqual([silent.results, silent.metadata?.emptyReason], [[], 'nothing_stored']);
  });

  it('searches, and says why each result is there', async () => {
    const { results, metadata } = await search();
    assert.deepEqual(new Set(results.map((result) => result.source)), new Set(['message', 'fact']));
    assert.equal(results[0]?.similarity, 1);
    assert.equal(results[0]?.legs[0]?.leg, 'keyword');
    assert.ok(results[0]?.createdAt instanceof Date);
    assert.equal(metadata?.strategyUsed, SearchStrategy.SEARCH_STRATEGY_HYBRID);
    assert.equal(metadata?.totalResults, results.length);
    assert.deepEqual(metadata?.degraded, []);
  });

  it('filters by source', async () => {
    const { results } = await search({ filters: { source: 'fact' } });
    assert.deepEqual(
      results.map((result) => result.sourceId),
      [factId],
    );
  });

  it('stores an embedding once, finds it by meaning and by word', async () => {
    const first = await store();
    assert.equal(first.success, true);
    assert.deepEqual(await store(), first);
    const byMeaning = await search({ query: 'defeito', strategy: SearchStrategy.SEARCH_STRATEGY_VECTOR_ONLY });
    assert.equal(byMeaning.results[0]?.sourceId, first.embeddingId);
    const byWord = await search({ query: 'garantia', strategy: SearchStrategy.SEARCH_STRATEGY_KEYWORD_ONLY });
    assert.equal(byWord.results[0]?.sourceId, first.embeddingId);
  });

  it('a message may have several documents', async () => {
    const ids = new Set<string>();
    for (const contentText of ['Página um do projeto', 'Página dois do projeto']) {
      ids.add((await store({ messageId, contentText })).embeddingId);
    }
    assert.equal(ids.size, 2);
  });

  it('filters by metadata, numbers and booleans too, and says whose a result is', async () => {
    const { embeddingId } = await store({ contentText: 'Laudo do piso', metadata: { room: 'sala' } });
    await db.withTenant(
      conversation.tenantId,
      (tx) =>
        tx.$executeRaw`update memory_embeddings set metadata = metadata || '{"floor": 2, "dry": true}' where id = ${embeddingId}::uuid`,
    );
    const laudo = { query: 'laudo do piso' };
    for (const metadata of [{ floor: 2 }, { dry: true, room: 'sala' }]) {
      const { results } = await search({ ...laudo, metadata });
      assert.deepEqual(
        results.map(({ sourceId, contactId }) => [sourceId, contactId]),
        [[embeddingId, conversation.contactId]],
      );
    }
    assert.deepEqual((await search({ ...laudo, metadata: { floor: 3 } })).results, []);
    await fails(
      search({ metadata: { floor: [2] } }),
      grpcStatus.INVALID_ARGUMENT,
      'VALIDATION_ERROR',
      'metadata.floor',
    );
  });

  it('vectors of another model take no part', async () => {
    const contentText = 'Tapete persa bordado';
    await store({ contentText, embedding: bagOfWords(contentText), metadata: { model: 'another-model' } });
    const { results } = await search({ query: 'tapete persa', strategy: SearchStrategy.SEARCH_STRATEGY_VECTOR_ONLY });
    assert.deepEqual(results, []);
  });

  it('extracts facts and lists them', async () => {
    const extracted = await extract();
    assert.deepEqual(
      extracted.facts.map((fact) => fact.factId),
      [factId],
    );
    const listed = await facts();
    assert.deepEqual(
      listed.facts.map((fact) => fact.factType),
      ['budget'],
    );
    assert.ok(listed.facts[0]?.extractedAt instanceof Date);
    assert.deepEqual((await facts({ factTypes: ['goal'] })).facts, []);
  });

  it('adds and invalidates a fact, and answers as of a moment', async () => {
    const { fact } = await add();
    assert.ok(fact);
    assert.equal(fact.claimedBy, 'company');
    assert.equal(fact.attribute, 'address');
    const idsAsOf = async (asOf?: Date) => (await facts({ asOf })).facts.map(({ factId: id }) => id);
    assert.deepEqual(await idsAsOf(new Date('2026-02-01T00:00:00Z')), [fact.factId]);
    assert.deepEqual(await idsAsOf(new Date('2025-02-01T00:00:00Z')), []);
    assert.ok((await idsAsOf()).includes(fact.factId));
    assert.ok((await invalidate(fact.factId)).fact?.invalidatedAt instanceof Date);
    assert.ok(!(await idsAsOf()).includes(fact.factId));
    const tomorrow = new Date(Date.now() + 24 * 3600_000);
    await fails(facts({ asOf: tomorrow }), grpcStatus.INVALID_ARGUMENT, 'VALIDATION_ERROR', 'as_of');
    await fails(add({ validFrom: tomorrow }), grpcStatus.INVALID_ARGUMENT, 'VALIDATION_ERROR', 'valid_from');
    await fails(add({}, readOnlyKey), grpcStatus.PERMISSION_DENIED, 'FORBIDDEN');
  });

  it('extraction within a deadline: DEADLINE_EXCEEDED while the work goes on', async () => {
    // The answer may also be the client's own clock, which has no details.
    await assert.rejects(extract({}, apiKey, 3000), { code: grpcStatus.DEADLINE_EXCEEDED });
    assert.ok((server.extractions.at(-1)?.timeoutMs ?? Infinity) < 3000);
  });

  it('facts come only from messages of the customer', async () => {
    const ours = await say(db, conversation, { text: 'Promoção', fromMe: true });
    await fails(extract({ messageId: ours }), grpcStatus.FAILED_PRECONDITION, 'PRECONDITION_FAILED');
  });

  it('refuses bad values with the field', async () => {
    const { INVALID_ARGUMENT } = grpcStatus;
    await fails(search({ topK: 0 }), INVALID_ARGUMENT, 'VALIDATION_ERROR', 'top_k');
    await fails(search({ topK: 10_000 }), INVALID_ARGUMENT, 'VALIDATION_ERROR', 'top_k');
    await fails(search({ minRelevance: 2 }), INVALID_ARGUMENT, 'VALIDATION_ERROR', 'min_relevance');
    await fails(search({ query: ' ' }), INVALID_ARGUMENT, 'VALIDATION_ERROR', 'query');
    await fails(search({ query: 'a\0' }), INVALID_ARGUMENT, 'VALIDATION_ERROR', 'query');
    await fails(store({ contentText: 'a\0' }), INVALID_ARGUMENT, 'VALIDATION_ERROR', 'content_text');
    await fails(store({ metadata: { title: '\0' } }), INVALID_ARGUMENT, 'VALIDATION_ERROR', 'metadata.title');
    await fails(search({ contactId: 'x' }), INVALID_ARGUMENT, 'VALIDATION_ERROR', 'contact_id');
    await fails(search({ filters: { colour: 'red' } }), INVALID_ARGUMENT, 'VALIDATION_ERROR', 'filters');
    await fails(search({ strategy: SearchStrategy.UNRECOGNIZED }), INVALID_ARGUMENT, 'VALIDATION_ERROR', 'strategy');
    await fails(
      search({ strategy: SearchStrategy.SEARCH_STRATEGY_CUSTOM, weights: { keyword: 0.5, vector: 0.2 } }),
      INVALID_ARGUMENT,
      'VALIDATION_ERROR',
      'weights',
    );
    await fails(search({ weights: { sense: 1 } }), INVALID_ARGUMENT, 'VALIDATION_ERROR', 'weights');
    await fails(search({ filters: { since: 'yesterday' } }), INVALID_ARGUMENT, 'VALIDATION_ERROR', 'filters.since');
    const turned = { since: '2026-05-01T00:00:00Z', until: '2026-04-01T00:00:00Z' };
    await fails(search({ filters: turned }), INVALID_ARGUMENT, 'VALIDATION_ERROR', 'until');
    await fails(store({ embedding: [1, 2, 3] }), INVALID_ARGUMENT, 'EMBEDDING_DIMENSION_MISMATCH');
    await fails(store({ embedding: new Array(768).fill(NaN) }), INVALID_ARGUMENT, 'VALIDATION_ERROR');
    await fails(store({ embedding: new Array(768).fill(0) }), INVALID_ARGUMENT, 'VALIDATION_ERROR', 'embedding');
    await fails(store({ contentType: 'song' }), INVALID_ARGUMENT, 'VALIDATION_ERROR', 'content_type');
    await fails(store({ contentText: '' }), INVALID_ARGUMENT, 'VALIDATION_ERROR', 'content_text');
    await fails(facts({ factTypes: ['mood'] }), INVALID_ARGUMENT, 'VALIDATION_ERROR', 'fact_types.0');
    await fails(facts({ contactId: '' }), INVALID_ARGUMENT, 'VALIDATION_ERROR', 'contact_id');
  });

  it('refuses a missing or unknown key, a missing scope and another tenant_id', async () => {
    await fails(search({}, 'vk_unknown'), grpcStatus.UNAUTHENTICATED, 'UNAUTHORIZED');
    await fails(search({}, ''), grpcStatus.UNAUTHENTICATED, 'UNAUTHORIZED');
    await fails(store({}, readOnlyKey), grpcStatus.PERMISSION_DENIED, 'FORBIDDEN');
    await fails(extract({}, readOnlyKey), grpcStatus.PERMISSION_DENIED, 'FORBIDDEN');
    await fails(search({ tenantId: newId() }), grpcStatus.PERMISSION_DENIED, 'FORBIDDEN');
    assert.ok((await search({ tenantId: conversation.tenantId }, readOnlyKey)).results.length > 0);
  });

  it("another tenant's ids are NOT_FOUND in every RPC, and its search is empty", async () => {
    const { NOT_FOUND } = grpcStatus;
    await fails(search({}, otherKey), NOT_FOUND, 'NOT_FOUND');
    await fails(search({ contactId: '', sessionId: conversation.sessionId }, otherKey), NOT_FOUND, 'NOT_FOUND');
    assert.deepEqual((await search({ contactId: '' }, otherKey)).results, []);
    await fails(store({}, otherKey), NOT_FOUND, 'NOT_FOUND');
    await fails(store({ contactId: '', messageId }, otherKey), NOT_FOUND, 'NOT_FOUND');
    await fails(store({ contactId: '', sessionId: conversation.sessionId }, otherKey), NOT_FOUND, 'NOT_FOUND');
    await fails(extract({}, otherKey), NOT_FOUND, 'NOT_FOUND');
    await fails(facts({}, otherKey), NOT_FOUND, 'NOT_FOUND');
    await fails(add({}, otherKey), NOT_FOUND, 'NOT_FOUND');
    await fails(invalidate(factId, otherKey), NOT_FOUND, 'NOT_FOUND');
  });

  it('answers by words and names the vector leg when the embedder is down', async () => {
    const broken = await startServer(db, {
      embedQuery: async () => ({ vector: null, reason: 'the embedder does not answer' }),
    });
    const { results, metadata } = await ask(broken.client.searchMemory, {
      client: broken.client,
      metadata: withKey(apiKey),
      request: {
        tenantId: '',
        query: 'orçamento',
        contactId: conversation.contactId,
        sessionId: '',
        topK: 5,
        filters: {},
        strategy: 0,
        weights: {},
        fusion: 0,
        metadata: undefined,
      },
    });
    assert.ok(results.length > 0);
    assert.deepEqual(metadata?.degraded, ['vector']);
    await broken.stop();
  });
});

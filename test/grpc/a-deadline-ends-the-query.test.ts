import assert from 'node:assert/strict';
import { status as grpcStatus } from '@grpc/grpc-js';
import { searchMemory } from '../../core/memory';
import { isAppError } from '../../core/errors';
import { testDatabase } from '../support/database';
import { newConversation } from '../memory/fixtures';
import { newTenant } from '../support/tenant';
import { ask, startServer, withKey } from './server';

describe('a deadline ends the query', () => {
  const db = testDatabase();
  after(() => db.close());

  const request = (changes: object = {}) => ({
    tenantId: '',
    query: 'cozinha',
    contactId: '',
    sessionId: '',
    topK: 5,
    filters: {},
    strategy: 0,
    weights: {},
    fusion: 0,
    metadata: undefined,
    ...changes,
  });

  it('the client gets DEADLINE_EXCEEDED, and the embedder is told to stop', async () => {
    const { apiKey } = await newTenant(db);
    let stopped: (value: boolean) => void = () => undefined;
    const wasStopped = new Promise<boolean>((resolve) => (stopped = resolve));
    const server = await startServer(db, {
      embedQuery: (_tenantId, _text, options) =>
        new Promise((resolve) => {
          options?.signal?.addEventListener('abort', () => {
            stopped(true);
            resolve({ vector: null, reason: 'cancelled' });
          });
        }),
    });
    await assert.rejects(
      ask(server.client.searchMemory, {
        client: server.client,
        metadata: withKey(apiKey),
        request: request(),
        // Long enough to reach the embedder on a busy machine, which then never answers.
        timeoutMs: 4_000,
      }),
      { code: grpcStatus.DEADLINE_EXCEEDED },
    );
    assert.equal(await wasStopped, true);
    await server.stop();
  });

  it('the library answers TIMEOUT when no time is left', async () => {
    const { tenantId } = await newTenant(db);
    await assert.rejects(
      searchMemory(db, {
        tenantId,
        query: 'cozinha',
        queryVector: { vector: null, reason: 'not asked for' },
        topK: 5,
        strategy: 'keyword_only',
        timeoutMs: 0,
      }),
      (error) => isAppError(error, 'TIMEOUT'),
    );
  });

  it('tells the statement that failed, not those that its transaction refused after it', async () => {
    const { tenantId } = await newTenant(db);
    const { contactId } = await newConversation(db, tenantId);
    const wrong = { vector: Array.from({ length: 768 }, () => 1), model: 'no name in Postgres: \0' };
    await assert.rejects(
      searchMemory(db, { tenantId, contactId, query: 'cozinha', queryVector: wrong, topK: 5, strategy: 'hybrid' }),
      { code: '22021' },
    );
  });
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { status as grpcStatus } from '@grpc/grpc-js';
import { z } from 'zod';
import { SearchMemoryRequest } from '../../api/grpc/generated/ventros/memory/v1/memory';
import { createLogger } from '../../core/logging/logger';
import { registry } from '../../core/observability/metrics';
import { newTenant } from '../support/tenant';
import { testDatabase } from '../support/database';
import { ask, errorDetails, startServer, withKey, type RunningServer } from './server';

const PATH = '/ventros.memory.v1.MemoryService/SearchMemory';

describe('interceptors guard every method', () => {
  const db = testDatabase();
  const lineSchema = z.record(z.string(), z.unknown());
  const lines: z.output<typeof lineSchema>[] = [];
  let server: RunningServer;
  before(async () => {
    const logger = createLogger('test', 'info', { write: (line) => lines.push(lineSchema.parse(JSON.parse(line))) });
    server = await startServer(db, { logger }, { callsPerSecond: 3 });
  });
  after(async () => {
    await server.stop();
    await db.close();
  });

  const search = (apiKey: string, query = 'segredo do cliente') => {
    const metadata = withKey(apiKey);
    metadata.set('x-request-id', 'request-of-a-test');
    return ask(server.client.searchMemory, {
      client: server.client,
      metadata,
      request: SearchMemoryRequest.fromPartial({ query, topK: 5 }),
    });
  };
  const counted = async (code: string) => {
    const text = await registry.getSingleMetricAsString('ventros_grpc_call_duration_seconds');
    const labels = ['_count', `code="${code}"`, `method="${PATH}"`];
    const line = text.split('\n').find((each) => labels.every((label) => each.includes(label)));
    return Number(line?.split(' ').at(-1) ?? 0);
  };

  it('a call is logged with its key and without what was asked, and measured', async () => {
    const { apiKey, tenantId } = await newTenant(db);
    const before = await counted('OK');
    await search(apiKey);
    const line = lines.at(-1);
    assert.equal(line?.['method'], PATH);
    assert.equal(line?.['code'], 'OK');
    assert.equal(line?.['tenantId'], tenantId);
    assert.equal(line?.['correlationId'], 'request-of-a-test');
    assert.ok(!JSON.stringify(lines).includes('segredo') && !JSON.stringify(lines).includes(apiKey));
    assert.equal(await counted('OK'), before + 1);
  });

  it('without a good key no handler runs, and that is logged and measured too', async () => {
    const before = await counted('UNAUTHENTICATED');
    for (const key of ['', 'vk_nonsense', `vk_${randomBytes(32).toString('hex')}`]) {
      await assert.rejects(search(key), { code: grpcStatus.UNAUTHENTICATED });
      assert.equal(lines.at(-1)?.['code'], 'UNAUTHENTICATED');
    }
    assert.equal(await counted('UNAUTHENTICATED'), before + 3);
  });

  it('a key over its limit waits, and no other key with it', async () => {
    const { apiKey } = await newTenant(db);
    const { apiKey: other } = await newTenant(db);
    // More than fit into the two seconds that so many calls at once may touch.
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => search(apiKey)));
    const refused = answers.filter((answer) => answer.status === 'rejected').map(({ reason }): unknown => reason);
    assert.ok(refused.length >= 10, `${refused.length} of 20 were refused`);
    const details = errorDetails(refused[0]);
    assert.equal(details.code, grpcStatus.RESOURCE_EXHAUSTED);
    assert.equal(details.reason, 'RATE_LIMIT_EXCEEDED');
    assert.ok(details.retryAfterMs !== null && details.retryAfterMs > 0 && details.retryAfterMs <= 1_000);
    await search(other);
  });
});

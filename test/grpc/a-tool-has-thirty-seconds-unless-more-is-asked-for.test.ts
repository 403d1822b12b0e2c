import assert from 'node:assert/strict';
import * as agent from '../../api/grpc/generated/ventros/agent/v1/agent';
import type { Database } from '../../core/database';
import { testDatabase } from '../support/database';
import { edgeDeps } from '../support/edge-deps';
import { newTenant } from '../support/tenant';
import { withKey } from './server';
import { startServices, type RunningServices } from './services';

describe('a tool has thirty seconds unless more is asked for', () => {
  const db = testDatabase();
  /** What the transactions of the tool were given. */
  let given: number[] = [];
  const watched: Database = {
    ...db,
    withTenant(tenantId, work, options = {}) {
      if (options.timeoutMs !== undefined) given.push(options.timeoutMs);
      return db.withTenant(tenantId, work, options);
    },
  };
  let services: RunningServices;
  let key: string;
  before(async () => {
    services = await startServices({ ...edgeDeps(db), db: watched });
    key = (await newTenant(db)).apiKey;
  });
  after(async () => {
    await services.stop();
    await db.close();
  });

  async function mostGiven(options: { deadline?: number }): Promise<number> {
    given = [];
    const request = agent.ExecuteToolRequest.fromPartial({ toolName: 'get_pipelines', arguments: {} });
    await new Promise<void>((resolve, reject) => {
      services.agent.executeTool(request, withKey(key), options, (error) => (error ? reject(error) : resolve()));
    });
    return Math.max(...given);
  }

  it('by itself, and sixty at most', async () => {
    const byItself = await mostGiven({});
    assert.ok(byItself > 15_000 && byItself <= 30_000, `${byItself} ms`);
    const asked = await mostGiven({ deadline: Date.now() + 50_000 });
    assert.ok(asked > 30_000 && asked <= 50_000, `${asked} ms`);
    const tooMuch = await mostGiven({ deadline: Date.now() + 600_000 });
    assert.ok(tooMuch > 50_000 && tooMuch <= 60_000, `${tooMuch} ms`);
  });
});

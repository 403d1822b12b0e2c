import assert from 'node:assert/strict';
import { Client } from 'pg';
import * as agent from '../../api/grpc/generated/ventros/agent/v1/agent';
import * as analytics from '../../api/grpc/generated/ventros/analytics/v1/analytics';
import * as crm from '../../api/grpc/generated/ventros/crm/v1/crm';
import { withKey } from '../grpc/server';
import { startServices, type RunningServices } from '../grpc/services';
import { testDatabase, testDatabaseUrl } from '../support/database';
import { edgeDeps } from '../support/edge-deps';
import { eventually } from '../support/eventually';
import { newTenant } from '../support/tenant';

/** Long enough to begin the statement on a busy machine. */
const DEADLINE_MS = 3_000;

describe('a gRPC deadline is cancelled on the server', () => {
  const db = testDatabase();
  let services: RunningServices;
  before(async () => {
    services = await startServices(edgeDeps(db));
  });
  after(async () => {
    await services.stop();
    await db.close();
  });

  const calls: [string, (key: string, done: (error: Error | null) => void) => void][] = [
    [
      'CrmService.ListContacts',
      (key, done) => services.crm.listContacts(crm.ListContactsRequest.fromPartial({}), withKey(key), deadline(), done),
    ],
    [
      'AnalyticsService.GetLeadsCount',
      (key, done) =>
        services.analytics.getLeadsCount(
          analytics.GetLeadsCountRequest.fromPartial({}),
          withKey(key),
          deadline(),
          done,
        ),
    ],
    [
      'AgentService.ExecuteTool',
      (key, done) =>
        services.agent.executeTool(
          agent.ExecuteToolRequest.fromPartial({ toolName: 'get_contacts' }),
          withKey(key),
          deadline(),
          done,
        ),
    ],
  ];
  const deadline = () => ({ deadline: Date.now() + DEADLINE_MS });

  for (const [name, call] of calls) {
    it(`${name}: the statement that waits for a lock ends with the call`, async () => {
      const { apiKey } = await newTenant(db);
      const blocker = new Client({ connectionString: testDatabaseUrl() });
      await blocker.connect();
      try {
        await blocker.query('begin');
        await blocker.query('lock table contacts in access exclusive mode');
        const waiting = async () => {
          const { rows } = await blocker.query(
            `select pid from pg_locks where relation = 'contacts'::regclass and not granted`,
          );
          return rows.length;
        };
        const ended = new Promise<Error | null>((resolve) => call(apiKey, resolve));
        await eventually('the statement to wait', async () => (await waiting()) === 1);
        const error = await ended;
        assert.match(String(error?.message), /DEADLINE_EXCEEDED/);
        await eventually('the statement to end', async () => (await waiting()) === 0, 2_000);
      } finally {
        await blocker.query('rollback');
        await blocker.end();
      }
    });
  }
});

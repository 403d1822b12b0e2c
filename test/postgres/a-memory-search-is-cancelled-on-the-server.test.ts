import assert from 'node:assert/strict';
import { Client } from 'pg';
import { isAppError } from '../../core/errors';
import { searchMemory } from '../../core/memory';
import { testDatabase, testDatabaseUrl } from '../support/database';
import { newTenant } from '../support/tenant';

describe('a memory search is cancelled on the server', () => {
  const db = testDatabase();
  after(() => db.close());

  it('a search that waits for a lock ends with its deadline, and so does its statement', async () => {
    const { tenantId } = await newTenant(db);
    const blocker = new Client({ connectionString: testDatabaseUrl() });
    await blocker.connect();
    try {
      await blocker.query('begin');
      await blocker.query('lock table memory_index in access exclusive mode');
      await assert.rejects(
        searchMemory(db, {
          tenantId,
          query: 'cozinha planejada',
          queryVector: { vector: null, reason: 'not asked for' },
          topK: 5,
          strategy: 'keyword_only',
          timeoutMs: 300,
        }),
        (error) => isAppError(error, 'TIMEOUT'),
      );
      const { rows } = await blocker.query(
        `select 1 from pg_stat_activity
         where datname = current_database() and state = 'active' and query like '-- BM25%' and pid <> pg_backend_pid()`,
      );
      assert.deepEqual(rows, []);
    } finally {
      await blocker.query('rollback');
      await blocker.end();
    }
  });
});

import assert from 'node:assert/strict';
import { createDatabase } from '../../core/database';
import { testDatabaseUrl } from '../support/database';
import { newTenant } from '../support/tenant';

const STATEMENT = '-- Prepared: planned once a connection.\nselect id from projects';
/** Postgres plans the first five executions for themselves; from then on it may keep one plan for all. */
const EXECUTIONS = 8;

describe('a prepared statement shows each tenant its own', () => {
  // One connection, so that every transaction below surely uses the same prepared statement.
  const db = createDatabase({ url: testDatabaseUrl(), maxConnections: 1, preparedStatements: true });
  after(() => db.close());

  it('also with one plan for all, between tenants and between roles', async () => {
    const tenants = [(await newTenant(db)).tenantId, (await newTenant(db)).tenantId];
    for (let execution = 0; execution < EXECUTIONS; execution++) {
      for (const id of tenants) {
        const rows = await db.withTenant(id, (tx) => tx.$queryRawUnsafe<{ id: string }[]>(STATEMENT));
        assert.deepEqual(rows, [{ id }]);
      }
    }
    const seen = await db.withSystem((tx) => tx.$queryRawUnsafe<{ id: string }[]>(STATEMENT));
    assert.ok(tenants.every((tenant) => seen.some(({ id }) => id === tenant)));
    const [tenantId = ''] = tenants;
    const again = await db.withTenant(tenantId, (tx) => tx.$queryRawUnsafe<{ id: string }[]>(STATEMENT));
    assert.deepEqual(again, [{ id: tenantId }]);

    const kept = await db.withTenant(
      tenantId,
      (tx) => tx.$queryRaw<{ generic: bigint }[]>`
        select generic_plans as generic from pg_prepared_statements where statement = ${STATEMENT}`,
    );
    assert.ok((kept[0]?.generic ?? 0n) > 0n);
  });
});

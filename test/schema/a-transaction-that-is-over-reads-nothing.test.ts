import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase } from '../../core/database';
import { isAppError } from '../../core/errors';
import { testDatabaseUrl } from '../support/database';
import { newTenant } from '../support/tenant';

describe('a transaction that is over reads nothing', () => {
  // One connection: whoever comes next gets the one that was taken away.
  const db = createDatabase({ url: testDatabaseUrl(), maxConnections: 1 });
  after(() => db.close());

  it('code that outlives its transaction cannot use the connection, which is another tenant’s by now', async () => {
    const [late, next] = [await newTenant(db), await newTenant(db)];
    let afterwards: unknown;
    const overrun = db.withTenant(
      late.tenantId,
      async (tx) => {
        await sleep(600);
        afterwards = await tx.$queryRaw`select id from projects`.catch((error: unknown) => error);
      },
      { timeoutMs: 200 },
    );
    await assert.rejects(overrun);
    await db.withTenant(next.tenantId, async (tx) => {
      await sleep(800);
      const rows = await tx.$queryRaw<{ id: string }[]>`select id from projects`;
      assert.deepEqual(rows, [{ id: next.tenantId }]);
    });
    assert.ok(isAppError(afterwards, 'TIMEOUT'));
  });

  it('raw statements and models see each other’s writes in one transaction', async () => {
    const { tenantId } = await newTenant(db);
    await db.withTenant(tenantId, async (tx) => {
      await tx.project.update({ where: { id: tenantId }, data: { name: 'Outro nome' } });
      const rows = await tx.$queryRaw<{ name: string; n: bigint; day: Date }[]>`
        select name, count(*) over () as n, date '2026-03-01' as day from projects`;
      assert.deepEqual(rows, [{ name: 'Outro nome', n: 1n, day: new Date('2026-03-01T00:00:00Z') }]);
    });
  });
});

import assert from 'node:assert/strict';
import { createDatabase } from '../../core/database';
import { isAppError } from '../../core/errors';
import { newId } from '../../core/ids';
import { testDatabaseUrl } from '../support/database';
import { newTenant } from '../support/tenant';

describe('a transaction ends as its caller is told', () => {
  // One connection: what one transaction leaves behind would meet the next.
  const db = createDatabase({ url: testDatabaseUrl(), maxConnections: 1 });
  after(() => db.close());

  const insert = `insert into pipelines (id, tenant_id, name) values ($1::uuid, $2::uuid, $3) returning name`;
  const names = (tenantId: string) =>
    db.withTenant(tenantId, async (tx) => {
      const rows = await tx.$queryRaw<{ name: string }[]>`select name from pipelines where name like 'fim-%'`;
      return rows.map(({ name }) => name);
    });

  it('says so when a failed statement, that nobody minded, made a rollback of its commit', async () => {
    const { tenantId } = await newTenant(db);
    const committed = db.withTenant(tenantId, async (tx) => {
      await tx.$executeRawUnsafe(insert, newId(), tenantId, 'fim-1');
      await assert.rejects(tx.$queryRaw`select 1 / 0`, /division by zero/);
    });
    await assert.rejects(committed, (error) => isAppError(error, 'DATABASE_ERROR'));
    assert.deepEqual(await names(tenantId), []);
  });

  it('rolls back what a model wrote, too, when the work throws', async () => {
    const { tenantId } = await newTenant(db);
    const failed = db.withTenant(tenantId, async (tx) => {
      await tx.pipeline.create({ data: { id: newId(), tenantId, name: 'fim-2' } });
      throw new Error('no more');
    });
    await assert.rejects(failed, /no more/);
    assert.deepEqual(await names(tenantId), []);
  });

  it('commits a statement that is a transaction by itself, for its tenant only', async () => {
    const [mine, other] = [await newTenant(db), await newTenant(db)];
    const rows = await db.atOnce<{ name: string }>(mine.tenantId, insert, newId(), mine.tenantId, 'fim-3');
    assert.deepEqual(rows, [{ name: 'fim-3' }]);
    assert.deepEqual(await names(mine.tenantId), ['fim-3']);
    assert.deepEqual(await names(other.tenantId), []);
    await assert.rejects(db.atOnce(other.tenantId, insert, newId(), mine.tenantId, 'fim-4'), /row-level security/);
    await assert.rejects(db.atOnce(mine.tenantId, 'select 1 / 0'), /division by zero/);
    assert.deepEqual(await names(mine.tenantId), ['fim-3']);
  });
});

import assert from 'node:assert/strict';
import { createDatabase, type Tx } from '../../core/database';
import { isAppError } from '../../core/errors';
import { newId } from '../../core/ids';
import { testDatabaseUrl, testPreparedStatements } from '../support/database';
import { newTenant } from '../support/tenant';

describe('a transaction ends as its caller is told', () => {
  // One connection: what one transaction leaves behind would meet the next.
  const db = createDatabase({
    url: testDatabaseUrl(),
    maxConnections: 1,
    preparedStatements: testPreparedStatements() === 'true',
  });
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

  const insertion = (tenantId: string, name: string) => ({ text: insert, values: [newId(), tenantId, name] });

  it('commits a statement that is a transaction by itself, for its tenant only', async () => {
    const [mine, other] = [await newTenant(db), await newTenant(db)];
    const rows = await db.atOnce<{ name: string }>(mine.tenantId, insertion(mine.tenantId, 'fim-3'));
    assert.deepEqual(rows, [{ name: 'fim-3' }]);
    assert.deepEqual(await names(mine.tenantId), ['fim-3']);
    assert.deepEqual(await names(other.tenantId), []);
    await assert.rejects(db.atOnce(other.tenantId, insertion(mine.tenantId, 'fim-4')), /row-level security/);
    await assert.rejects(db.atOnce(mine.tenantId, { text: 'select 1 / 0', values: [] }), /division by zero/);
    assert.deepEqual(await names(mine.tenantId), ['fim-3']);
  });

  it('commits a last statement with the work before it, or neither', async () => {
    const { tenantId } = await newTenant(db);
    const write = (name: string) => async (tx: Tx) => {
      await tx.$executeRawUnsafe(insert, newId(), tenantId, name);
      return name;
    };
    const last = (name: string) => insertion(tenantId, `${name}-last`);
    assert.deepEqual(await db.endWith(tenantId, write('fim-5'), last), ['fim-5', [{ name: 'fim-5-last' }]]);
    assert.deepEqual(await db.endWith(tenantId, write('fim-6'), () => null), ['fim-6', []]);
    const broken = () => ({ text: 'select 1 / 0', values: [] });
    await assert.rejects(db.endWith(tenantId, write('fim-7'), broken), /division by zero/);
    const failed = async () => Promise.reject(new Error('no more'));
    await assert.rejects(
      db.endWith(tenantId, failed, () => insertion(tenantId, 'fim-8')),
      /no more/,
    );
    const unminded = async (tx: Tx) => void (await tx.$queryRaw`select 1 / 0`.catch(() => {}));
    await assert.rejects(
      db.endWith(tenantId, unminded, () => insertion(tenantId, 'fim-9')),
      /aborted/,
    );
    const unmade = () => {
      throw new Error('no statement');
    };
    await assert.rejects(db.endWith(tenantId, write('fim-11'), unmade), /no statement/);
    assert.deepEqual((await names(tenantId)).sort(), ['fim-5', 'fim-5-last', 'fim-6']);
  });

  it('commits several last statements with the work before them, or none of it', async () => {
    const { tenantId } = await newTenant(db);
    const write = (name: string) => async (tx: Tx) => {
      await tx.$executeRawUnsafe(insert, newId(), tenantId, name);
      return name;
    };
    const broken = { text: 'select 1 / 0', values: [] };
    const two = await db.endWithAll(tenantId, write('fim-12'), (name) => [
      insertion(tenantId, `${name}-a`),
      insertion(tenantId, `${name}-b`),
    ]);
    assert.deepEqual(two, ['fim-12', [[{ name: 'fim-12-a' }], [{ name: 'fim-12-b' }]]]);
    const first = () => [broken, insertion(tenantId, 'fim-13-b')];
    await assert.rejects(db.endWithAll(tenantId, write('fim-13'), first), /division by zero/);
    const second = () => [insertion(tenantId, 'fim-14-a'), broken];
    await assert.rejects(db.endWithAll(tenantId, write('fim-14'), second), /division by zero/);
    assert.deepEqual((await names(tenantId)).sort(), ['fim-12', 'fim-12-a', 'fim-12-b']);
  });

  it('leaves the settings of a connection as they were', async () => {
    const { tenantId } = await newTenant(db);
    const settings = () =>
      db.withTenant(
        tenantId,
        (tx) => tx.$queryRaw`select current_setting('synchronous_commit') as commit, current_user`,
      );
    const before = await settings();
    await db.atOnce(tenantId, insertion(tenantId, 'fim-10'));
    assert.deepEqual(await settings(), before);
  });
});

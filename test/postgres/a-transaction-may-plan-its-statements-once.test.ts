import assert from 'node:assert/strict';
import { createDatabase, PREPARED } from '../../core/database';
import { isAppError } from '../../core/errors';
import { testDatabaseUrl } from '../support/database';
import { newTenant } from '../support/tenant';

const STATEMENT = `${PREPARED}select id::text as id, name from projects`;

describe('a transaction may plan its statements once', () => {
  // One connection, so that what one transaction leaves behind would reach the next.
  const db = createDatabase({ url: testDatabaseUrl(), maxConnections: 1, preparedStatements: true });
  const idsOf = (tenantId: string) =>
    db.withTenant(tenantId, (tx) => tx.$queryRawUnsafe<{ id: string }[]>(STATEMENT), { genericPlans: true });
  after(() => db.close());

  it('of their tenant, planned once a connection', async () => {
    const tenants = [(await newTenant(db)).tenantId, (await newTenant(db)).tenantId];
    for (const id of [...tenants, ...tenants])
      assert.deepEqual(
        (await idsOf(id)).map((row) => row.id),
        [id],
      );
    const [tenantId = ''] = tenants;
    const [plans] = await db.withTenant(
      tenantId,
      (tx) => tx.$queryRaw<{ generic: number; custom: number }[]>`
        select generic_plans::int as generic, custom_plans::int as custom from pg_prepared_statements
        where statement = ${STATEMENT}`,
    );
    assert.deepEqual(plans, { generic: 4, custom: 0 });
    const [settings] = await db.withSystem(
      (tx) => tx.$queryRaw<object[]>`
        select current_setting('app.tenant_id', true) as tenant, current_setting('plan_cache_mode') as plans`,
    );
    assert.deepEqual(settings, { tenant: '', plans: 'auto' });
  });

  it('rolled back when the work fails', async () => {
    const { tenantId } = await newTenant(db);
    const failing = db.withTenant(tenantId, async (tx) => {
      await tx.$executeRawUnsafe('update projects set name = $1', 'anders');
      throw new Error('no');
    });
    await assert.rejects(failing, /^Error: no$/);
    const [row] = await db.withTenant(tenantId, (tx) => tx.$queryRawUnsafe<{ name: string }[]>(STATEMENT));
    assert.notEqual(row?.name, 'anders');
  });

  it('that may be refused to write', async () => {
    const { tenantId } = await newTenant(db);
    const writing = db.withTenant(tenantId, (tx) => tx.$executeRawUnsafe('update projects set name = $1', 'anders'), {
      isReadOnly: true,
    });
    await assert.rejects(writing, /read-only transaction/);
    const reading = await db.withTenant(tenantId, (tx) => tx.$queryRawUnsafe<object[]>(STATEMENT), {
      isReadOnly: true,
    });
    assert.equal(reading.length, 1);
    // The connection is free again, and may write.
    await db.withTenant(tenantId, (tx) => tx.$executeRawUnsafe('update projects set name = $1', 'anders'));
  });

  it('over when their time is, for statements and for the work between them', async () => {
    const { tenantId } = await newTenant(db);
    const sleeping = db.withTenant(tenantId, (tx) => tx.$queryRawUnsafe(`select pg_sleep(5)::text`), {
      timeoutMs: 200,
    });
    await assert.rejects(sleeping);
    let late: Promise<unknown> | undefined;
    const waiting = db.withTenant(
      tenantId,
      async (tx) => {
        await new Promise((resolve) => setTimeout(resolve, 400));
        late = tx.$queryRawUnsafe(STATEMENT);
        return late;
      },
      { timeoutMs: 200 },
    );
    await assert.rejects(waiting, (error) => isAppError(error, 'TIMEOUT'));
    // The connection is another transaction's now.
    assert.equal((await idsOf(tenantId)).length, 1);
    await new Promise((resolve) => setTimeout(resolve, 400));
    await assert.rejects(late ?? Promise.resolve(), (error) => isAppError(error, 'TIMEOUT'));
  });

  it('and no connection in time is said', async () => {
    const { tenantId } = await newTenant(db);
    const holding = db.withTenant(tenantId, (tx) => tx.$queryRawUnsafe(`select pg_sleep(1)::text`));
    await assert.rejects(
      db.withTenant(tenantId, (tx) => tx.$queryRawUnsafe(STATEMENT), { timeoutMs: 100 }),
      (error) => isAppError(error, 'DATABASE_ERROR'),
    );
    await holding;
    assert.equal((await idsOf(tenantId)).length, 1);
  });
});

import assert from 'node:assert/strict';
import { createDatabase } from '../../core/database';
import { newId } from '../../core/ids';
import { testDatabaseUrl } from '../support/database';
import { newTenant } from '../support/tenant';

describe('a pooled connection forgets its tenant', () => {
  // One connection, so that every transaction below surely uses the same.
  const db = createDatabase({ url: testDatabaseUrl(), maxConnections: 1 });
  after(() => db.close());

  it('after a commit, after a failure, and between tenants', async () => {
    const first = await newTenant(db);
    const second = await newTenant(db);
    const pipelines = (tenantId: string) =>
      db.withTenant(
        tenantId,
        (tx) => tx.$queryRaw<{ name: string }[]>`select name from pipelines where name like 'só-%'`,
      );

    await db.withTenant(
      first.tenantId,
      (tx) => tx.$executeRaw`insert into pipelines (id, tenant_id, name)
        values (${newId()}::uuid, ${first.tenantId}::uuid, 'só-dele')`,
    );
    assert.deepEqual(await pipelines(second.tenantId), []);
    assert.deepEqual(await pipelines(first.tenantId), [{ name: 'só-dele' }]);

    await assert.rejects(db.withTenant(first.tenantId, (tx) => tx.$queryRaw`select 1 / 0`));
    assert.deepEqual(await pipelines(second.tenantId), []);

    const settings = await db.withSystem(
      (tx) => tx.$queryRaw<{ tenant: string; role: string }[]>`
        select current_setting('app.tenant_id', true) as tenant, current_setting('role') as role`,
    );
    assert.deepEqual(settings, [{ tenant: '', role: 'ventros_system' }]);
  });
});

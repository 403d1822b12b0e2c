import assert from 'node:assert/strict';
import { Client } from 'pg';
import { newId } from '../../core/ids';
import { testDatabase, testDatabaseUrl } from '../support/database';
import { newTenant } from '../support/tenant';

interface TableRow {
  name: string;
  enabled: boolean;
  forced: boolean;
  hasTenantId: boolean;
}

interface PolicyRow {
  using: string | null;
  check: string | null;
  roles: string[];
}

/** Tables that belong to no tenant, each with the reason. Anything else must be isolated. */
const WITHOUT_TENANT = new Map([
  ['_prisma_migrations', 'which migrations were applied'],
  ['projects', 'the tenant itself: isolated by id'],
  ['provider_states', 'how providers fare in each process: nothing of a tenant'],
  ['users', 'a person, before they have a project'],
  ['billing_accounts', 'owned by a user, before there is a project'],
]);

describe('every tenant table is isolated', () => {
  let client: Client;
  let tables: TableRow[];

  before(async () => {
    client = new Client({ connectionString: testDatabaseUrl() });
    await client.connect();
    const result = await client.query<TableRow>(`
      select c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
        exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
          as "hasTenantId"
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and c.relkind in ('r', 'p') order by 1`);
    tables = result.rows;
  });
  after(() => client.end());

  it('gives every table a tenant, unless it is named here with its reason', () => {
    const without = tables.filter((table) => !table.hasTenantId && !WITHOUT_TENANT.has(table.name));
    assert.deepEqual(without, []);
    assert.ok(tables.length > 20, `only ${tables.length} tables: is the database migrated?`);
  });

  it('enables and forces row security on them', () => {
    const open = tables.filter((table) => table.hasTenantId && !(table.enabled && table.forced));
    assert.deepEqual(open, []);
  });

  it('lets the application role read and write only rows of its tenant', async () => {
    for (const { name } of tables.filter((table) => table.hasTenantId)) {
      const { rows } = await client.query<PolicyRow>(
        `select pg_get_expr(p.polqual, p.polrelid) as using, pg_get_expr(p.polwithcheck, p.polrelid) as check,
           array(select rolname::text from pg_roles where oid = any (p.polroles)) as roles
         from pg_policy p where p.polrelid = $1::regclass`,
        [name],
      );
      const own = rows.filter((row) => row.roles.length === 0 || row.roles.includes('ventros_app'));
      assert.ok(own.length > 0, `${name} has no policy for ventros_app`);
      for (const { using, check } of own) {
        assert.match(using ?? '', /tenant_id = .*current_tenant_id\(\)/, `${name}: USING does not compare the tenant`);
        assert.match(
          check ?? '',
          /tenant_id = .*current_tenant_id\(\)/,
          `${name}: WITH CHECK does not compare the tenant`,
        );
      }
    }
  });

  it('connects as roles that neither own tables nor bypass row security', async () => {
    const { rows } = await client.query(
      `select rolname, rolsuper, rolbypassrls, exists (select from pg_class where relowner = r.oid) as owns
       from pg_roles r where rolname like 'ventros%' order by 1`,
    );
    assert.ok(rows.length >= 2);
    for (const row of rows) {
      assert.deepEqual([row.rolsuper, row.rolbypassrls, row.owns], [false, false, false], row.rolname);
    }
  });

  it('shows no row of any table while no tenant is set', async () => {
    const db = testDatabase();
    try {
      await newTenant(db);
    } finally {
      await db.close();
    }
    const readable: string[] = [];
    for (const { name } of tables) {
      await client.query('begin');
      await client.query(`set local role ventros_app`);
      const { rows: granted } = await client.query('select has_table_privilege($1, $2) as yes', [name, 'select']);
      if (granted[0].yes) {
        const { rows } = await client.query(`select count(*)::int as count from "${name}"`);
        if (rows[0].count > 0) readable.push(name);
      }
      await client.query('rollback');
    }
    assert.deepEqual(readable, []);
  });

  it('refuses a row of another tenant', async () => {
    const db = testDatabase();
    try {
      const mine = await newTenant(db);
      const theirs = await newTenant(db);
      const write = db.withTenant(
        mine.tenantId,
        (tx) => tx.$executeRaw`insert into pipelines (id, tenant_id, name)
          values (${newId()}::uuid, ${theirs.tenantId}::uuid, 'alheio')`,
      );
      await assert.rejects(write, /row-level security/);
    } finally {
      await db.close();
    }
  });
});

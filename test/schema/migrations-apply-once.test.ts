import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { migrate } from '../../core/database/migrate';
import { projectRoot } from '../../core/project-root';
import { testDatabaseUrl } from '../support/database';
import { withEmptyDatabase } from '../support/empty-database';

const MIGRATE = path.join(__dirname, '../../scripts/migrate/main.js');

const migrationNames = () =>
  readdirSync(path.join(projectRoot(), 'prisma/migrations'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();

function migrateInProcess(url: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MIGRATE, '--json'], { env: { ...process.env, DATABASE_URL: url } });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

describe('migrations apply once', () => {
  it('changes nothing on a database that is up to date', async () => {
    assert.deepEqual(await migrate(testDatabaseUrl()), []);
  });

  it('applies each migration exactly once when two processes start at the same time', async () => {
    await withEmptyDatabase(async (url) => {
      const runs = await Promise.all([migrateInProcess(url), migrateInProcess(url)]);
      for (const run of runs) assert.equal(run.code, 0, run.output);
      const applied = runs.flatMap((run) => (JSON.parse(run.output) as { applied: string[] }).applied);
      assert.deepEqual(applied.sort(), migrationNames());
    });
  });

  it('refuses to go on when an applied migration was edited', async () => {
    await withEmptyDatabase(async (url) => {
      await migrate(url);
      const client = new Client({ connectionString: url });
      await client.connect();
      await client.query(`update _prisma_migrations set checksum = repeat('0', 64) where migration_name = $1`, [
        migrationNames()[0],
      ]);
      await client.end();
      await assert.rejects(migrate(url), /was edited after it was applied/);
      const { code, output } = await migrateInProcess(url);
      assert.equal(code, 1);
      assert.match(output, /was edited after it was applied/);
    });
  });
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { isDatabaseReady } from '../../scripts/embedded/infrastructure';
import { anyFreePort } from '../../scripts/embedded/ports';
import { supervise, type SupervisedProcess } from '../../scripts/embedded/supervisor';

const DATABASE = path.join(__dirname, '../../scripts/embedded/database.js');

describe('the embedded database survives a kill', () => {
  let folder: string;
  let url: string;
  let port: number;
  let database: SupervisedProcess;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'ventros-database-'));
    port = await anyFreePort();
    url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
    database = await supervise({
      name: 'database',
      script: DATABASE,
      args: ['--port', String(port), '--data-dir', folder],
      env: process.env,
      logFile: path.join(folder, 'database.log'),
      isReady: () => isDatabaseReady(url),
    });
  });
  after(async () => {
    await database.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function query(sql: string): Promise<unknown[]> {
    const client = new Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query(sql);
    await client.end();
    return rows;
  }

  it('keeps what was committed and is started again', async () => {
    await query('create table kept (n int)');
    await query('insert into kept select generate_series(1, 1000)');
    const killed = database.pid;
    assert.ok(killed);
    process.kill(killed, 'SIGKILL');
    while (database.restarts === 0 || !(await isDatabaseReady(url))) await sleep(50);
    assert.notEqual(database.pid, killed);
    assert.deepEqual(await query('select count(*)::int as count from kept'), [{ count: 1000 }]);
  });

  it('keeps its folder to itself', () => {
    const second = spawnSync(process.execPath, [DATABASE, '--port', String(port + 1), '--data-dir', folder]);
    assert.notEqual(second.status, 0);
    assert.match(second.stderr.toString(), /is open in process \d+/);
  });

  it('answers statements of many connections without mixing them', async () => {
    const clients = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const client = new Client({ connectionString: url });
        await client.connect();
        return client;
      }),
    );
    const ask = async (client: Client, index: number) => {
      for (let round = 0; round < 40; round += 1) {
        const value = index * 1000 + round;
        // Of different shapes, so that a statement run with another connection's parameters would fail or be seen.
        const { rows } = await (round % 2
          ? client.query('select $1::int as value, $2::text as text', [value, 'x'])
          : client.query('select $1::int as value', [value]));
        assert.equal(rows[0].value, value);
      }
    };
    await Promise.all(clients.map(ask));
    await Promise.all(clients.map((client) => client.end()));
  });
});

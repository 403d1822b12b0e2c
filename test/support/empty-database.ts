import { mkdtempSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { isDatabaseReady } from '../../scripts/embedded/infrastructure';
import { anyFreePort } from '../../scripts/embedded/ports';
import { supervise } from '../../scripts/embedded/supervisor';
import { testDatabaseUrl } from './database';

/**
 * Runs `work` with the address of a database that holds nothing yet: a new one on the server when that is a real one,
 * otherwise an embedded server of its own (which has only one database).
 */
export async function withEmptyDatabase<T>(work: (url: string) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: testDatabaseUrl() });
  await client.connect();
  const { rows } = await client.query<{ version: string }>('select version()');
  if (/emscripten|wasm/i.test(rows[0]?.version ?? '')) {
    await client.end();
    return withEmbeddedDatabase(work);
  }
  const name = `ventros_test_${randomBytes(6).toString('hex')}`;
  try {
    await client.query(`create database ${name}`);
    try {
      const url = new URL(testDatabaseUrl());
      url.pathname = `/${name}`;
      return await work(url.toString());
    } finally {
      await client.query(`drop database ${name} with (force)`);
    }
  } finally {
    await client.end();
  }
}

async function withEmbeddedDatabase<T>(work: (url: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ventros-database-'));
  const port = await anyFreePort();
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  const server = await supervise({
    name: 'database',
    script: path.join(__dirname, '../../scripts/embedded/database.js'),
    args: ['--port', String(port)],
    env: process.env,
    logFile: path.join(folder, 'database.log'),
    isReady: () => isDatabaseReady(url),
  });
  try {
    return await work(url);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

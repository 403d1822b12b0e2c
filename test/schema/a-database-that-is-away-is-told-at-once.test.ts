import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, isDatabaseDown } from '../../core/database';
import { createDatabaseGuard } from '../../core/database/guard';
import { isAppError } from '../../core/errors';
import { newTenant } from '../support/tenant';
import { testDatabaseUrl } from '../support/database';

const refused = () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));

describe('a database that is away is told at once', () => {
  it('after five connections that failed, nobody knocks again for a second', async () => {
    let knocks = 0;
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      knocks += 1;
      sockets.push(socket);
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const db = createDatabase({ url: `postgresql://postgres@127.0.0.1:${port}/none` });
    try {
      const ask = () => db.withSystem((tx) => tx.$queryRaw`select 1`).catch((error: unknown) => error);
      for (let time = 0; time < 5; time++) assert.ok(isDatabaseDown(await ask()));
      const before = knocks;
      const errors = await Promise.all(Array.from({ length: 20 }, ask));
      assert.ok(
        errors.every((error) => isAppError(error, 'DATABASE_ERROR')),
        String(errors[0]),
      );
      assert.equal(knocks, before);
      await sleep(1_050);
      await ask();
      assert.ok(knocks > before);
    } finally {
      await db.close();
      server.close();
    }
  });

  it('answers again with the first transaction that goes through', async () => {
    const guard = createDatabaseGuard();
    for (let time = 0; time < 5; time++) await assert.rejects(guard(1_000, refused), /ECONNREFUSED/);
    await assert.rejects(
      guard(1_000, () => Promise.resolve('x')),
      (error) => isAppError(error, 'DATABASE_ERROR'),
    );
    await sleep(1_050);
    assert.equal(await guard(1_000, () => Promise.resolve('back')), 'back');
    assert.equal(await guard(1_000, () => Promise.resolve('again')), 'again');
  });

  it('is not what a transaction says that ran out of its own time', async () => {
    const db = createDatabase({ url: testDatabaseUrl() });
    try {
      const { tenantId } = await newTenant(db);
      for (let time = 0; time < 6; time++) {
        await assert.rejects(db.withTenant(tenantId, () => sleep(80), { timeoutMs: 20 }));
      }
      const rows = await db.withTenant(tenantId, (tx) => tx.$queryRaw<{ one: number }[]>`select 1 as one`);
      assert.deepEqual(rows, [{ one: 1 }]);
    } finally {
      await db.close();
    }
  });
});

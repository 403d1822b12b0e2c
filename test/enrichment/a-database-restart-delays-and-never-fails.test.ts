import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { asActivities } from '../../activities/support';
import { createDatabase, isDatabaseDown, Prisma } from '../../core/database';
import { AppError } from '../../core/errors';
import { newId } from '../../core/ids';
import { deferralMs, isWorthWaiting } from '../../core/enrichment/rules';

/** How an activity that runs `work` ends for Temporal. */
async function failureOf(work: () => Promise<unknown>): Promise<ApplicationFailure> {
  const { run } = asActivities({ run: (_args: object) => work() });
  const error = await new MockActivityEnvironment().run(run, {}).then(
    () => assert.fail('it should have failed'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ApplicationFailure, String(error));
  return error;
}

const withCode = (code: string, message = 'failed') => Object.assign(new Error(message), { code });

describe('a database restart delays and never fails', () => {
  it('a database that refuses connections is a failure that is tried again', async () => {
    const db = createDatabase({ url: 'postgresql://nobody@127.0.0.1:1/none' });
    try {
      const failure = await failureOf(() => db.withTenant(newId(), (tx) => tx.contact.findMany()));
      assert.equal(failure.type, 'DATABASE_ERROR');
      assert.equal(failure.nonRetryable, false);
    } finally {
      await db.close();
    }
  });

  for (const error of [
    withCode('57P01', 'terminating connection due to administrator command'),
    withCode('57P03', 'the database system is starting up'),
    withCode('53300', 'sorry, too many clients already'),
    withCode('08006'),
    withCode('ECONNRESET', 'read ECONNRESET'),
    withCode('EPIPE', 'write EPIPE'),
    Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }),
    new Error('Connection terminated unexpectedly'),
    new Error('the query failed', { cause: { originalCode: '57P02' } }),
    new Prisma.PrismaClientKnownRequestError('closed', { code: 'P1017', clientVersion: '7' }),
    new Prisma.PrismaClientKnownRequestError('raw query failed', {
      code: 'P2010',
      clientVersion: '7',
      meta: { driverAdapterError: { cause: { originalCode: '57P01', kind: 'postgres' } } },
    }),
    new Prisma.PrismaClientInitializationError('no server', '7'),
  ]) {
    it(`knows it by ${('code' in error && String(error.code)) || error.message}`, () => {
      assert.equal(isDatabaseDown(error), true);
    });
  }

  it('does not take a broken rule or a bug for a restart', () => {
    const duplicate = new Prisma.PrismaClientKnownRequestError('duplicate', { code: 'P2002', clientVersion: '7' });
    for (const other of [duplicate, withCode('23505'), new TypeError('x is not a function'), null, 'ECONNRESET']) {
      assert.equal(isDatabaseDown(other), false);
    }
  });

  it('a round that ends in it is waited for', () => {
    for (const code of ['DATABASE_ERROR', 'INTERNAL_ERROR']) assert.equal(isWorthWaiting([code]), true, code);
    assert.equal(deferralMs([500], { code: 'DATABASE_ERROR', round: 0, waitedMs: 0, giveUpMs: 60_000 }), 500);
  });

  it('what nobody foresaw is tried again, what the table calls permanent is not', async () => {
    const bug = await failureOf(() => Promise.reject(new TypeError('x is not a function')));
    assert.equal(bug.type, 'INTERNAL_ERROR');
    assert.equal(bug.nonRetryable, false);
    const known = await failureOf(() => Promise.reject(new AppError('MEDIA_CORRUPT', 'The file is damaged')));
    assert.equal(known.type, 'MEDIA_CORRUPT');
    assert.equal(known.nonRetryable, true);
  });
});

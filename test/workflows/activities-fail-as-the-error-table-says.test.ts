import assert from 'node:assert/strict';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { asActivities, currentAttempt } from '../../activities/support';
import { AppError, ERROR_TABLE, type ErrorCode } from '../../core/errors';

/** Failures are what is tested here, so they are not worth a log. */
const newEnvironment = (info?: ConstructorParameters<typeof MockActivityEnvironment>[0]) =>
  new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });

/** Runs `work` as an activity and gives back what it threw. */
async function failureOf(work: () => Promise<unknown>, env = newEnvironment()): Promise<unknown> {
  const { run } = asActivities({ run: work });
  return env.run(run, undefined as never).then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error,
  );
}

async function applicationFailureOf(error: Error): Promise<ApplicationFailure> {
  const failure = await failureOf(() => Promise.reject(error));
  assert.ok(failure instanceof ApplicationFailure);
  return failure;
}

describe('activities fail as the error table says', () => {
  it('retries exactly what the table calls transient, and names every failure by its code', async () => {
    for (const code of Object.keys(ERROR_TABLE) as ErrorCode[]) {
      const failure = await applicationFailureOf(new AppError(code, 'what happened'));
      assert.equal(failure.type, code);
      assert.equal(failure.nonRetryable, ERROR_TABLE[code].retry !== 'transient', code);
    }
  });

  it('waits as long as the provider asked', async () => {
    const failure = await applicationFailureOf(new AppError('PROVIDER_RATE_LIMITED', 'slow', { retryAfterMs: 7_000 }));
    assert.equal(failure.nextRetryDelay, 7_000);
    const other = await applicationFailureOf(new AppError('PROVIDER_UNAVAILABLE', 'down'));
    assert.equal(other.nextRetryDelay ?? null, null);
  });

  it('calls what is expected benign, and nothing else', async () => {
    const expected = await applicationFailureOf(new AppError('BUDGET_EXCEEDED', 'no money'));
    assert.equal(expected.category, ApplicationFailureCategory.BENIGN);
    assert.equal(expected.nonRetryable, true);
    const broken = await applicationFailureOf(new AppError('PROVIDER_AUTH', 'key'));
    assert.notEqual(broken.category, ApplicationFailureCategory.BENIGN);
  });

  it('retries a bug, and puts none of its words into the history', async () => {
    const failure = await applicationFailureOf(new TypeError('meu CPF é 123'));
    assert.equal(failure.type, 'INTERNAL_ERROR');
    assert.equal(failure.nonRetryable, false);
    assert.equal(failure.cause, undefined);
    assert.doesNotMatch(failure.message, /CPF/);
  });

  it('is cancelled, whatever the interrupted call throws', async () => {
    const env = newEnvironment();
    const failing = failureOf(
      () =>
        new Promise((_resolve, reject) => {
          currentAttempt().signal.addEventListener('abort', () =>
            reject(new AppError('PROVIDER_TIMEOUT', 'the call was aborted')),
          );
        }),
      env,
    );
    env.cancel('CANCELLED');
    assert.ok((await failing) instanceof CancelledFailure);
  });

  it('names the activity and not the attempt, so that a retry finds what the attempt before reserved', async () => {
    const keyOf = async (attempt: number, activityId: string) => {
      const env = newEnvironment({
        attempt,
        activityId,
        workflowExecution: { workflowId: 'workflow', runId: 'run' },
      });
      const { run } = asActivities({ run: async () => currentAttempt().activityKey });
      return env.run(run);
    };
    assert.equal(await keyOf(1, '5'), 'workflow/run/5');
    assert.equal(await keyOf(2, '5'), await keyOf(1, '5'));
    assert.notEqual(await keyOf(1, '6'), await keyOf(1, '5'));
  });

  it('beats while it runs when the server expects beats, and not otherwise', async () => {
    const beatsOf = async (heartbeatTimeoutMs: number | undefined) => {
      const env = newEnvironment({ heartbeatTimeoutMs });
      let beats = 0;
      env.on('heartbeat', () => beats++);
      const { run } = asActivities({
        run: () => new Promise<void>((resolve) => setTimeout(resolve, 5_500)),
      });
      await env.run(run, undefined as never);
      return beats;
    };
    assert.deepEqual(await Promise.all([beatsOf(20_000), beatsOf(undefined)]), [1, 0]);
  });

  it('beats with what it was told, so that a later attempt can go on from there', async () => {
    const env = newEnvironment();
    const details: unknown[] = [];
    env.on('heartbeat', (detail: unknown) => details.push(detail));
    const { run } = asActivities({ run: async () => currentAttempt().onProgress({ jobId: 'job-1' }) });
    await env.run(run, undefined as never);
    assert.deepEqual(details, [{ jobId: 'job-1' }]);
  });
});

import assert from 'node:assert/strict';
import { DefaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { asActivities } from '../../activities/support';
import { AppError } from '../../core/errors';

const CUSTOMER_WORDS = 'meu CPF é 529.982.247-25';

/** The bytes of the failure as the workflow's history keeps it. */
async function serialised(error: unknown): Promise<string> {
  const { run } = asActivities({ run: (_args: object): Promise<unknown> => Promise.reject(error) });
  const thrown = await new MockActivityEnvironment().run(run, {}).then(
    () => assert.fail('it should have failed'),
    (reason: unknown) => reason,
  );
  const failure = new DefaultFailureConverter().errorToFailure(thrown, defaultPayloadConverter);
  const payloads = failure.applicationFailureInfo?.details?.payloads ?? [];
  const details = payloads.map(({ data }) => Buffer.from(data ?? []).toString('utf8'));
  return JSON.stringify({ failure, details });
}

describe('histories hold no words of providers', () => {
  it('keeps the code and our sentence, and drops the cause with its stack', async () => {
    const cause = new Error(`400 Invalid input: "${CUSTOMER_WORDS}"`, { cause: new Error(CUSTOMER_WORDS) });
    const text = await serialised(new AppError('PROVIDER_REJECTED', 'vertex answered 400', { cause }));
    assert.match(text, /PROVIDER_REJECTED/);
    assert.match(text, /vertex answered 400/);
    assert.ok(!text.includes(CUSTOMER_WORDS), text);
  });

  it('says nothing of an error nobody foresaw', async () => {
    const text = await serialised(new TypeError(`cannot read ${CUSTOMER_WORDS}`));
    assert.match(text, /INTERNAL_ERROR/);
    assert.ok(!text.includes(CUSTOMER_WORDS), text);
  });

  it('says nothing of what a database error quotes', async () => {
    const text = await serialised(new Error(`Connection terminated while running '${CUSTOMER_WORDS}'`));
    assert.match(text, /DATABASE_ERROR/);
    assert.ok(!text.includes(CUSTOMER_WORDS), text);
  });
});

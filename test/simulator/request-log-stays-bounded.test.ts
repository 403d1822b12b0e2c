import assert from 'node:assert/strict';
import { Recorder } from '../../simulator/recorder';
import type { Call } from '../../simulator/types';

const call = (path: string): Call => ({
  provider: 'openai',
  method: 'POST',
  path,
  query: new URLSearchParams(),
  headers: { authorization: 'Bearer secret' },
  body: {},
  fields: {},
  files: [],
  outcome: 'normal',
});

describe('the request log', () => {
  it('keeps the last 20,000 requests and counts them all', () => {
    const recorder = new Recorder();
    for (let index = 0; index < 45_000; index++) recorder.record(call(`/${index}`), 10);
    const kept = recorder.requests();
    assert.equal(kept.length, 20_000);
    assert.equal(kept[0]?.path, '/25000');
    assert.equal(kept.at(-1)?.path, '/44999');
    assert.equal(recorder.requestCount('openai'), 45_000);
  });

  it('lets go of large bodies earlier, but never of the last request', () => {
    const recorder = new Recorder();
    for (let index = 0; index < 10; index++) recorder.record(call(`/${index}`), 30 * 1024 * 1024);
    assert.deepEqual(
      recorder.requests().map(({ path }) => path),
      ['/8', '/9'],
    );
    recorder.record(call('/huge'), 100 * 1024 * 1024);
    assert.deepEqual(
      recorder.requests().map(({ path }) => path),
      ['/huge'],
    );
  });
});

import assert from 'node:assert/strict';
import { startSimulator, type Simulator } from '../../simulator/index';

describe('a scripted fault', () => {
  let simulator: Simulator;
  before(async () => {
    simulator = await startSimulator();
  });
  after(() => simulator.stop());
  afterEach(() => simulator.reset());

  const models = (signal?: AbortSignal) =>
    fetch(`${simulator.urls.openai}/v1/models`, { headers: { authorization: 'Bearer k' }, signal: signal ?? null });
  const chat = () =>
    fetch(`${simulator.urls.openai}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer k', 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-6-luna', messages: [{ role: 'user', content: 'oi' }] }),
    });

  it('hits the next matching requests and then stops', async () => {
    simulator.fault(
      'openai',
      { kind: 'status', status: 503, headers: { 'retry-after': '3' } },
      { times: 2, matchPath: 'chat' },
    );
    assert.equal((await models()).status, 200);
    const first = await chat();
    assert.deepEqual([first.status, first.headers.get('retry-after')], [503, '3']);
    assert.deepEqual([(await chat()).status, (await chat()).status], [503, 200]);
    assert.deepEqual(
      simulator.requests('openai').map(({ status, fault }) => [status, fault]),
      [
        [200, null],
        [503, 'status'],
        [503, 'status'],
        [200, null],
      ],
    );
  });

  it('lasts until cleared when no number is given', async () => {
    simulator.fault('openai', { kind: 'reset' });
    await assert.rejects(models());
    await assert.rejects(models());
    simulator.clearFaults('openai');
    assert.equal((await models()).status, 200);
  });

  it('can break the answer after the work was done and billed', async () => {
    for (const kind of ['malformed', 'cut', 'accept_then_drop'] as const)
      simulator.fault('openai', { kind }, { times: 1 });
    const malformed = await chat();
    assert.equal(malformed.status, 200);
    await assert.rejects(malformed.json(), SyntaxError);
    const cut = await chat();
    assert.equal(cut.status, 200);
    await assert.rejects(cut.text());
    await assert.rejects(chat());
    assert.equal(simulator.invoice('openai').length, 3);
    assert.equal(simulator.requests('openai')[2]?.status, null);
  });

  it('can hang without doing the work', async () => {
    simulator.fault('openai', { kind: 'hang' }, { times: 1 });
    await assert.rejects(models(AbortSignal.timeout(100)), { name: 'TimeoutError' });
    assert.deepEqual(simulator.invoice(), []);
  });

  it('is refused where the provider has no such answer', () => {
    assert.throws(() => simulator.fault('waha', { kind: 'block' }), /no answer of kind block/);
  });
});

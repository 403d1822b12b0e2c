import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { startSimulator, type Simulator } from '../../simulator/index';

describe('the control port', () => {
  let simulator: Simulator;
  before(async () => {
    simulator = await startSimulator();
  });
  after(() => simulator.stop());

  const control = async (method: string, route: string, body?: unknown) => {
    const response = await fetch(`${simulator.urls.control}${route}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const chat = async () => {
    const response = await fetch(`${simulator.urls.groq}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer secret', 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'oi' }] }),
    });
    return response.status;
  };

  it('scripts, breaks, reads and resets', async () => {
    await control('POST', '/script', { language: { replies: [{ text: 'um' }] } });
    await control('POST', '/faults', { provider: 'groq', fault: { kind: 'status', status: 503 }, times: 1 });
    assert.deepEqual([await chat(), await chat(), await chat()], [503, 200, 500]);
    const requests = await control('GET', '/requests?provider=groq&limit=2');
    assert.equal(requests.body.count, 3);
    assert.equal((requests.body.requests as unknown[]).length, 2);
    assert.ok(!JSON.stringify(requests.body).includes('secret'));
    const invoice = await control('GET', '/invoice?provider=groq');
    assert.equal((invoice.body.totals as { calls: number }[])[0]?.calls, 1);
    await control('POST', '/reset');
    assert.equal((await control('GET', '/requests')).body.count, 0);
    assert.equal(await chat(), 200);
  });

  it('lets a customer write and shows what was sent', async () => {
    const url = `${simulator.urls.control}/health`;
    await control('POST', '/waha/webhook', { session: 'default', url, hmacKey: 'k', retryAttempts: 0 });
    const { body } = await control('POST', '/waha/receive', {
      from: '5511987654321',
      type: 'text',
      text: 'oi',
      id: 'AAA',
    });
    assert.deepEqual(body, { messageId: 'false_5511987654321@c.us_AAA', deliveries: [{ status: 404 }] });
    assert.deepEqual((await control('GET', '/waha/sent')).body.sent, []);
  });

  it('names what is wrong with a request', async () => {
    const { status, body } = await control('POST', '/faults', { provider: 'groq', fault: { kind: 'explode' } });
    assert.equal(status, 400);
    assert.match(String(body.error), /fault\.kind/);
  });

  it('runs as a process of its own that says when it is ready and leaves on SIGTERM', async () => {
    const main = path.join(__dirname, '../../simulator/main.js');
    const portBase = 20_000 + (process.pid % 2_000) * 7;
    const child = spawn(process.execPath, [main, '--port-base', String(portBase)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const ready = JSON.parse(line) as { event: string; urls: Record<string, string> };
    assert.equal(ready.event, 'ready');
    assert.equal(ready.urls.waha, `http://127.0.0.1:${portBase + 5}`);
    assert.equal(ready.urls.jina, `http://127.0.0.1:${portBase + 6}`);
    assert.equal((await fetch(`${ready.urls.control}/health`)).status, 200);
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually } from '../support/eventually';
import { runStart, startedStack, type StartCommand } from '../support/start-command';

const REPLY_LIMIT_MS = 60_000;

interface Message {
  text: string | null;
  from_me: boolean;
}

describe('npm start loses no message', function () {
  this.timeout(420_000);
  let dataDir: string;
  let running: StartCommand | undefined;

  before(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'ventros-start-'));
  });
  after(async () => {
    running?.child.kill('SIGTERM');
    await running?.ended();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function start(): Promise<StartCommand> {
    running = runStart(dataDir);
    await running.untilUp();
    return running;
  }

  async function customerWrites(text: string): Promise<void> {
    const response = await fetch(`${startedStack(dataDir).simulator}/waha/receive`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ from: '5511987654321@c.us', pushName: 'Marina', type: 'text', text }),
    });
    assert.ok(response.ok, await response.text());
  }

  async function messages(): Promise<Message[]> {
    const { api, apiKey } = startedStack(dataDir);
    const response = await fetch(`${api}/api/v1/messages?limit=50`, { headers: { authorization: `Bearer ${apiKey}` } });
    assert.equal(response.status, 200);
    const { data }: { data: Message[] } = JSON.parse(await response.text());
    return data;
  }

  const isStored = async (text: string) => (await messages()).some((message) => message.text === text);
  const replies = async () => (await messages()).filter(({ from_me }) => from_me).length;

  it('not by Ctrl-C and not by kill -9, and lets nobody else into its folder', async () => {
    const first = await start();
    await customerWrites('Vocês entregam em Campinas?');
    await eventually('the first message', () => isStored('Vocês entregam em Campinas?'));

    const second = runStart(dataDir);
    assert.equal(await second.ended(), 1);
    assert.match(second.output(), new RegExp(`in use by process ${first.child.pid} \\(API http://127.0.0.1:`));

    first.child.kill('SIGINT');
    assert.equal(await first.ended(), 0, first.output());

    const third = await start();
    await eventually('the reply to the first message', async () => (await replies()) >= 1, REPLY_LIMIT_MS);
    await customerWrites('E no sábado?');
    await eventually('the second message', () => isStored('E no sábado?'));
    third.child.kill('SIGKILL');
    await third.ended();

    await start();
    await eventually('the reply to the second message', async () => (await replies()) >= 2, REPLY_LIMIT_MS);
    assert.ok(await isStored('Vocês entregam em Campinas?'));
    assert.ok(await isStored('E no sábado?'));
  });
});

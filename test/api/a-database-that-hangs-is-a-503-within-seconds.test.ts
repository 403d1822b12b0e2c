import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { newId } from '../../core/ids';
import { startTestApi, type TestApi } from '../support/http';

/** More than may be in transactions at once, so that some wait for a place, and the others for a connection. */
const REQUESTS = 60;
/** Five are promised; the rest is for a slow machine. */
const LIMIT_SECONDS = 9;
const TICK_MS = 50;

/** Counted in ticks of this process, in which the API runs too: time in which the machine lets it stand still is none. */
async function withinSecondsOfThisProcess<T>(seconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    let ticks = 0;
    timer = setInterval(() => {
      ticks += 1;
      if (ticks * TICK_MS > seconds * 1000) reject(new Error(`no answer within ${seconds} s`));
    }, TICK_MS);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearInterval(timer);
  }
}

describe('a database that takes connections and never answers', () => {
  const sockets = new Set<Socket>();
  let hanging: Server;
  let api: TestApi;
  before(async () => {
    hanging = createServer((socket) => void sockets.add(socket.on('error', () => {})));
    await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
    const { port } = hanging.address() as AddressInfo;
    api = await startTestApi({ DATABASE_URL: `postgresql://postgres@127.0.0.1:${port}/none` });
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    await api.close();
    hanging.close();
  });

  it('is a 503 for everybody who asks, within seconds', async () => {
    const ask = () => api.request('POST', `/api/v1/webhooks/${newId()}`, { json: {} });
    const answers = await withinSecondsOfThisProcess(LIMIT_SECONDS, Promise.all(Array.from({ length: REQUESTS }, ask)));
    for (const { status, headers } of answers) {
      assert.equal(status, 503);
      assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/);
    }
  });
});

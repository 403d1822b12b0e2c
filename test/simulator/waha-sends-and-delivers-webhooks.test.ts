import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { listen, readBody, type RunningServer } from '../../simulator/http';
import { signatureHeaders, startSimulator, type Simulator } from '../../simulator/index';

interface Received {
  headers: Record<string, string | string[] | undefined>;
  raw: string;
  event: string;
  payload: Record<string, unknown>;
}

const hmacKey = 'webhook-key';

describe('the simulated WAHA', () => {
  let simulator: Simulator;
  let receiver: RunningServer;
  let received: Received[] = [];
  /** Statuses of the next answers; 200 after them. */
  let answers: number[] = [];

  before(async () => {
    simulator = await startSimulator({ apiKeys: { waha: 'waha-key' } });
    receiver = await listen(0, (request, response) => {
      void readBody(request).then((body) => {
        const raw = body.toString('utf8');
        received.push({ headers: request.headers, raw, ...(JSON.parse(raw) as Pick<Received, 'event' | 'payload'>) });
        response.writeHead(answers.shift() ?? 200).end();
      });
    });
  });
  after(() => Promise.all([simulator.stop(), receiver.stop()]));
  beforeEach(async () => {
    await simulator.reset();
    received = [];
    answers = [];
    simulator.waha.configureWebhook({ session: 'default', url: receiver.url, hmacKey, retryDelayMs: 5 });
  });

  const send = (path: string, body: Record<string, unknown>, key = 'waha-key') =>
    fetch(`${simulator.urls.waha}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify({ session: 'default', chatId: '5511987654321@c.us', ...body }),
    });
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it('signs as WAHA does', () => {
    const body = '{"event":"message","session":"default","engine":"WEBJS"}';
    assert.equal(
      signatureHeaders(body, 'my-secret-key')['x-webhook-hmac'],
      '208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8097c462b2b17a6ce93b6b47a136cf2e78a33a63f6752c2c1631777076153fa89',
    );
  });

  it('takes a text that is sent again under its id for one, unless the session does not deduplicate', async () => {
    simulator.waha.setDeduplication('other', false);
    for (const session of ['default', 'default', 'other', 'other'])
      await send('/api/sendText', { session, text: 'Olá', id: '3EB0AA' });
    const sent = simulator.waha.sent().map(({ session, requestedId, attempts }) => [session, requestedId, attempts]);
    assert.deepEqual(sent, [
      ['default', '3EB0AA', 2],
      ['other', '3EB0AA', 1],
      ['other', '3EB0AA', 1],
    ]);
  });

  it('delivers what a customer wrote, signed, as many copies as asked', async () => {
    const { messageId, deliveries } = await simulator.waha.receive({
      from: '+55 11 98765-4321',
      pushName: 'Ana',
      type: 'text',
      text: 'Olá',
      copies: 3,
    });
    assert.deepEqual(deliveries, [{ status: 200 }, { status: 200 }, { status: 200 }]);
    assert.equal(new Set(received.map(({ raw }) => raw)).size, 1);
    const [first] = received;
    assert.equal(first?.headers['x-webhook-hmac'], createHmac('sha512', hmacKey).update(first!.raw).digest('hex'));
    assert.equal(first.headers['x-webhook-hmac-algorithm'], 'sha512');
    assert.ok(first.headers['x-webhook-request-id']);
    assert.ok(Number(first.headers['x-webhook-timestamp']) > 1_700_000_000_000);
    assert.equal(first.event, 'message');
    assert.equal(first.payload.id, messageId);
    assert.match(messageId, /^false_5511987654321@c\.us_[0-9A-F]{32}$/);
    assert.equal(first.payload.body, 'Olá');
  });

  it('serves the media of a message to whoever has the key', async () => {
    const bytes = Buffer.from('an image');
    await simulator.waha.receive({
      from: '120363000000000000@g.us',
      participant: '5511911112222',
      type: 'image',
      caption: 'olha',
      file: { bytes, mimetype: 'image/jpeg', filename: 'foto.jpg' },
    });
    const { payload } = received[0]!;
    assert.equal(payload.participant, '5511911112222@c.us');
    const media = payload.media as { url: string; mimetype: string };
    assert.equal((await fetch(media.url)).status, 401);
    const file = await fetch(media.url, { headers: { 'x-api-key': 'waha-key' } });
    assert.equal(file.headers.get('content-type'), 'image/jpeg');
    assert.deepEqual(Buffer.from(await file.arrayBuffer()), bytes);
  });

  it('retries a delivery until it is accepted', async () => {
    answers = [500, 503];
    const { deliveries } = await simulator.waha.receive({ from: '5511987654321', type: 'text', text: 'Olá' });
    assert.deepEqual(deliveries, [{ status: 500 }]);
    await until(() => simulator.waha.pendingDeliveries() === 0);
    assert.equal(received.length, 3);
    assert.equal(new Set(received.map(({ raw }) => raw)).size, 1);
  });

  it('can send unsigned, wrongly signed and stale messages', async () => {
    const message = { from: '5511987654321', type: 'text' as const, text: 'Olá' };
    await simulator.waha.receive({ ...message, hmacKeyOverride: null });
    await simulator.waha.receive({ ...message, hmacKeyOverride: 'other', timestampSeconds: 1_600_000_000 });
    assert.equal(received[0]?.headers['x-webhook-hmac'], undefined);
    assert.equal(
      received[1]?.headers['x-webhook-hmac'],
      createHmac('sha512', 'other').update(received[1]!.raw).digest('hex'),
    );
    assert.equal(received[1].payload.timestamp, 1_600_000_000);
  });

  it('sends a text once under its pre-made id, even when the first answer was lost, then echoes and acknowledges it', async () => {
    simulator.fault('waha', { kind: 'accept_then_drop' }, { times: 1 });
    await assert.rejects(send('/api/sendText', { text: 'Oi', id: 'ABC123' }));
    const repeated = await send('/api/sendText', { text: 'Oi', id: 'ABC123' });
    assert.equal(repeated.status, 201);
    const { id } = (await repeated.json()) as { id: string };
    assert.equal(id, 'true_5511987654321@c.us_ABC123');
    const sent = simulator.waha.sent();
    assert.deepEqual(
      sent.map(({ messageId, attempts, text }) => [messageId, attempts, text]),
      [[id, 2, 'Oi']],
    );
    await until(() => received.length === 4);
    assert.deepEqual(
      received.map(({ event, payload }) => [event, payload.id, payload.ack]),
      [
        ['message.any', id, 1],
        ['message.ack', id, 1],
        ['message.ack', id, 2],
        ['message.ack', id, 3],
      ],
    );
  });

  it('sends media again when asked again: WhatsApp takes no id for them', async () => {
    simulator.waha.configureWebhook({ session: 'default', url: receiver.url, hmacKey, emitSendEvents: false });
    const file = { mimetype: 'audio/ogg', data: Buffer.from('opus').toString('base64') };
    for (let attempt = 0; attempt < 2; attempt++) {
      assert.equal((await send('/api/sendVoice', { file, convert: false, id: 'SAME' })).status, 201);
    }
    assert.deepEqual(
      simulator.waha.sent().map(({ type, file: sent }) => [type, sent?.sizeBytes]),
      [
        ['voice', 4],
        ['voice', 4],
      ],
    );
    assert.equal(received.length, 0);
  });

  it('refuses a wrong key and a session that does not work', async () => {
    assert.equal((await send('/api/sendText', { text: 'Oi' }, 'wrong')).status, 401);
    await simulator.waha.setSessionStatus('default', 'SCAN_QR_CODE');
    assert.equal(received[0]?.event, 'session.status');
    const refused = await send('/api/sendText', { text: 'Oi' });
    assert.equal(refused.status, 422);
    assert.equal(((await refused.json()) as { status: string }).status, 'SCAN_QR_CODE');
    assert.deepEqual(simulator.waha.sent(), []);
  });
});

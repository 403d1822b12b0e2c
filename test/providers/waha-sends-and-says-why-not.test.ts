import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { createProviders } from '../../core/providers/create-providers';
import type { ChannelAdapter, ChannelConnection, OutboundContent } from '../../core/providers/ports';
import { newContactLimit, startSimulator, type Fault, type Simulator } from '../../simulator/index';
import { assertFailsWith, callOptions, configFor } from './support';

const CHAT_ID = '5511988887777@c.us';
const SECRET_TEXT = 'o CPF do cliente é 123';

describe('waha sends, and says why not', () => {
  let simulator: Simulator;
  let waha: ChannelAdapter;
  let connection: ChannelConnection;

  before(async () => {
    simulator = await startSimulator({ apiKeys: { waha: 'waha-key' } });
    waha = createProviders(configFor(simulator.urls)).channels.get('waha')!;
    connection = { baseUrl: simulator.urls.waha, apiKey: 'waha-key', externalId: 'default' };
  });
  beforeEach(() => simulator.reset());
  after(() => simulator.stop());

  const send = (content: OutboundContent, externalMessageId: string | null = null, timeoutMs = 10_000) =>
    waha.send(connection, { chatId: CHAT_ID, externalMessageId, content }, callOptions({ timeoutMs }));
  const text = (): OutboundContent => ({ type: 'text', text: SECRET_TEXT });
  const lastBody = () => simulator.requests('waha').at(-1)?.body as Record<string, unknown>;

  it('makes ids as WhatsApp does, never the same twice', () => {
    const ids = Array.from({ length: 1_000 }, () => waha.newMessageId(connection, CHAT_ID)!);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^true_5511988887777@c\.us_3EB0[0-9A-F]{28}$/);
  });

  it('a text sent twice under its id is one message', async () => {
    const id = waha.newMessageId(connection, CHAT_ID)!;
    simulator.fault('waha', { kind: 'accept_then_drop' }, { times: 1 });
    await assertFailsWith(send(text(), id), 'CHANNEL_UNAVAILABLE');
    assert.deepEqual(await send(text(), id), { externalMessageId: id });
    const sent = simulator.waha.sent();
    assert.equal(sent.length, 1);
    assert.equal(sent[0]?.attempts, 2);
    assert.deepEqual(lastBody(), { session: 'default', chatId: CHAT_ID, text: SECRET_TEXT, id: id.split('_')[2] });
  });

  it('replies to a message', async () => {
    await send({ type: 'text', text: 'sim', replyToExternalId: 'false_5511988887777@c.us_AAA' });
    assert.equal(lastBody()['reply_to'], 'false_5511988887777@c.us_AAA');
  });

  for (const [content, path, expected] of [
    [
      { type: 'image', data: Buffer.from('jpg'), mimeType: 'image/jpeg', caption: 'foto' },
      '/api/sendImage',
      { caption: 'foto' },
    ],
    [
      { type: 'document', data: Buffer.from('pdf'), mimeType: 'application/pdf', fileName: 'a.pdf' },
      '/api/sendFile',
      {},
    ],
    [
      { type: 'voice', data: Buffer.from('ogg'), mimeType: 'audio/ogg; codecs=opus' },
      '/api/sendVoice',
      { convert: false },
    ],
    [{ type: 'voice', data: Buffer.from('mp3'), mimeType: 'audio/mpeg' }, '/api/sendVoice', { convert: true }],
    [{ type: 'video', data: Buffer.from('mp4'), mimeType: 'video/mp4' }, '/api/sendVideo', { convert: false }],
  ] as [OutboundContent, string, Record<string, unknown>][]) {
    it(`sends ${inspect(content.type)} by ${path}`, async () => {
      const { externalMessageId } = await send(content, waha.newMessageId(connection, CHAT_ID));
      assert.match(externalMessageId ?? '', /^true_/);
      const request = simulator.requests('waha').at(-1);
      assert.equal(request?.path, path);
      const { file, ...rest } = lastBody();
      assert.ok(file);
      assert.deepEqual(rest, { session: 'default', chatId: CHAT_ID, ...expected });
    });
  }

  const answers = (status: number, body?: unknown, headers?: Record<string, string>): Fault => ({
    kind: 'status',
    status,
    body: body ?? { statusCode: status, exception: { message: 'x' }, request: { body: { text: SECRET_TEXT } } },
    ...(headers ? { headers } : {}),
  });
  const sessionIs = (status: string): Fault =>
    answers(422, { error: 'Session status is not as expected', session: 'default', status, expected: ['WORKING'] });

  for (const [what, fault, code] of [
    ['422 STARTING', sessionIs('STARTING'), 'CHANNEL_UNAVAILABLE'],
    ['422 SCAN_QR_CODE', sessionIs('SCAN_QR_CODE'), 'CHANNEL_UNAVAILABLE'],
    ['422 STOPPED', sessionIs('STOPPED'), 'CHANNEL_UNAVAILABLE'],
    ['422 FAILED', sessionIs('FAILED'), 'CHANNEL_UNAVAILABLE'],
    ['422 PASSKEY_REQUIRED', sessionIs('PASSKEY_REQUIRED'), 'CHANNEL_UNAVAILABLE'],
    ['422 of a wrong body', answers(422), 'CHANNEL_REJECTED'],
    ['463', newContactLimit(), 'CHANNEL_REJECTED'],
    ['400', answers(400), 'CHANNEL_REJECTED'],
    ['401', answers(401), 'CHANNEL_REJECTED'],
    ['404', answers(404), 'CHANNEL_REJECTED'],
    ['a redirect', answers(302, '', { location: 'http://elsewhere.test/' }), 'CHANNEL_REJECTED'],
    ['429', answers(429), 'CHANNEL_UNAVAILABLE'],
    ['500', answers(500), 'CHANNEL_UNAVAILABLE'],
    ['503', answers(503), 'CHANNEL_UNAVAILABLE'],
    ['a reset connection', { kind: 'reset' }, 'CHANNEL_UNAVAILABLE'],
    ['an answer cut short', { kind: 'cut' }, 'CHANNEL_UNAVAILABLE'],
  ] as [string, Fault, 'CHANNEL_UNAVAILABLE' | 'CHANNEL_REJECTED'][]) {
    it(`${what} is ${code} after one request, and the error does not repeat the message`, async () => {
      simulator.fault('waha', fault);
      const error = await assertFailsWith(send(text()), code);
      assert.equal(simulator.requestCount('waha'), 1);
      assert.ok(!inspect(error, { depth: 10 }).includes(SECRET_TEXT));
    });
  }

  it('names the state of the session, for the person who must repair it', async () => {
    simulator.fault('waha', sessionIs('SCAN_QR_CODE'));
    assert.equal((await assertFailsWith(send(text()), 'CHANNEL_UNAVAILABLE')).details['sessionStatus'], 'SCAN_QR_CODE');
  });

  it('passes on how long to wait', async () => {
    simulator.fault('waha', answers(429, {}, { 'retry-after': '4' }));
    assert.equal((await assertFailsWith(send(text()), 'CHANNEL_UNAVAILABLE')).retryAfterMs, 4_000);
  });

  it('a hanging server is unavailable', async () => {
    simulator.fault('waha', { kind: 'hang' });
    await assertFailsWith(send(text(), null, 200), 'CHANNEL_UNAVAILABLE');
  });

  for (const [what, fault] of [
    ['half a JSON', { kind: 'malformed' }],
    ['HTML', answers(201, '<html></html>', { 'content-type': 'text/html' })],
    ['null', answers(201, 'null', { 'content-type': 'application/json' })],
    ['10 MB of something', answers(201, 'x'.repeat(10 * 1024 * 1024))],
  ] as [string, Fault][]) {
    it(`an accepted message whose answer is ${what} is sent, not failed`, async () => {
      simulator.fault('waha', fault);
      const id = waha.newMessageId(connection, CHAT_ID);
      assert.deepEqual(await send(text(), id), { externalMessageId: id });
    });
  }

  it('reads the id of engines that answer with an object', async () => {
    const body = { id: { fromMe: true, _serialized: 'true_1@c.us_ABC' } };
    simulator.fault('waha', { kind: 'status', status: 201, body });
    assert.deepEqual(await send(text()), { externalMessageId: 'true_1@c.us_ABC' });
  });

  it('an address that the operator did not name is not called', async () => {
    const elsewhere = { ...connection, baseUrl: 'http://169.254.169.254' };
    const message = { chatId: CHAT_ID, externalMessageId: null, content: text() };
    await assertFailsWith(waha.send(elsewhere, message, callOptions()), 'URL_FORBIDDEN');
  });
});

import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { createLogger } from '../../core/logging/logger';
import { scrub, scrubJson } from '../../core/logging/scrub';

const PERSONAL: [what: string, text: string][] = [
  ['a number of WhatsApp', 'to 5511987654321@c.us failed'],
  ['a message id', 'false_5511987654321@c.us_3EB0AA'],
  ['a device of a number', '5511987654321:12@s.whatsapp.net'],
  ['a phone number', 'call +5511987654321'],
  ['a phone number of ten digits', 'call 1134567890 now'],
  ['a phone number as people write it', 'call (11) 98765-4321'],
  ['a phone number with spaces', 'call +55 11 98765 4321'],
  ['a phone number in an address', 'https://example.com/media?phone=5511987654321&x=1'],
  ['a CPF', 'CPF 529.982.247-25'],
  ['a CPF without dots', 'cpf:52998224725'],
  ['an e-mail address', 'maria.silva+loja@exemplo.com.br wrote'],
  ['our key', `vk_${'0a'.repeat(32)}`],
  ['a key of OpenAI', 'Incorrect API key provided: sk-proj-abcdEFGH1234'],
  ['a key of Groq', 'gsk_abcdEFGH12345678'],
  ['a key of Stripe', 'sk_live_abcdEFGH12345678'],
  ['a token in a header', 'authorization: Bearer eyJhbGciOi.J9.abc-123'],
];

const KEPT = [
  '01981e2c-7b1a-7c3d-8e4f-123456789012',
  '12345678-1234-7234-8234-123456789012',
  't:01981e2c-7b1a-7c3d-8e4f-5a6b7c8d9e0f:conversation:01981e2c-7b1a-7c3d-8e4f-5a6b7c8d9e0f',
  '2026-11-25T15:28:12.000Z',
  'dist/core/database/client.js:123:45',
  'http://127.0.0.1:54321/api/v1/contacts',
  'gemini-3.5-flash-lite',
  'openai answered 429 rate_limit_exceeded',
  '{"durationMs":1234,"costMicros":12345678901}',
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
];

/** What a logger wrote. */
function written(work: (logger: ReturnType<typeof createLogger>) => void): string {
  let text = '';
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString('utf8');
      done();
    },
  });
  work(createLogger('test', 'trace', sink));
  return text;
}

describe('logs hold no personal data', () => {
  for (const [what, text] of PERSONAL) {
    const secret = /[\d().+ -]{10,}|[\w.+-]+@[\w.]+|(?:vk_|sk|gsk|ey)[\w.-]{8,}/.exec(text)?.[0].trim() ?? text;
    it(`masks ${what}, wherever in a line it stands`, () => {
      const line = written((logger) => {
        logger.info({ detail: text, deep: { list: [text] } }, text);
        logger.error({ err: new Error(text, { cause: new Error(text) }) }, 'failed');
      });
      assert.ok(!line.includes(secret), `${secret} in ${line}`);
      assert.ok(!JSON.stringify(scrubJson({ [what]: [{ text }] })).includes(secret));
    });
  }

  for (const text of KEPT) {
    it(`keeps ${text}`, () => assert.equal(scrub(text), text));
  }

  it('writes lines of JSON all the same', () => {
    const line = written((logger) =>
      logger.info({ count: 5_511_987_654_321, phone: '5511987654321' }, 'ok 5511987654321'),
    );
    const parsed = JSON.parse(line) as Record<string, unknown>;
    assert.equal(parsed['count'], 5_511_987_654_321);
    assert.equal(parsed['phone'], '[redacted]');
    assert.equal(parsed['msg'], 'ok [number]');
  });
});

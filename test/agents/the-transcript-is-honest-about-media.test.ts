import assert from 'node:assert/strict';
import { shorten, joinMessages, messageText, TEXT_LIMITS, type TranscriptMessage } from '../../core/agents/transcript';

const message = (also: Partial<TranscriptMessage>): TranscriptMessage => ({
  id: 'id',
  fromMe: false,
  contentType: 'text',
  text: null,
  sentAt: new Date('2026-11-23T15:04:00Z'),
  enrichmentStatus: null,
  extractedText: null,
  errorCode: null,
  ...also,
});

describe('the transcript is honest about media', () => {
  const CASES: [what: string, of: Partial<TranscriptMessage>, text: string][] = [
    ['a text', { text: ' Oi ' }, 'Oi'],
    [
      'a photo with its caption',
      { contentType: 'image', text: 'É este', enrichmentStatus: 'completed', extractedText: 'Um tênis azul' },
      'É este\n[imagem] Um tênis azul',
    ],
    [
      'a voice note that says nothing',
      { contentType: 'voice', enrichmentStatus: 'completed', extractedText: ' ' },
      '[mensagem de voz] (sem conteúdo reconhecível)',
    ],
    [
      'a document that is still being read',
      { contentType: 'document', enrichmentStatus: 'processing' },
      '[documento: chegou, mas ainda não foi possível ler]',
    ],
    [
      'a document with a password',
      { contentType: 'document', enrichmentStatus: 'failed', errorCode: 'DOCUMENT_ENCRYPTED' },
      '[documento: não foi possível ler; o arquivo está protegido por senha]',
    ],
    [
      'a failure that customers need not know',
      { contentType: 'video', enrichmentStatus: 'failed', errorCode: 'PROVIDER_REJECTED' },
      '[vídeo: não foi possível ler; o arquivo não pôde ser processado]',
    ],
    ['a location without words', { contentType: 'location' }, '[localização]'],
    ['nothing at all', {}, ''],
  ];
  for (const [what, of, text] of CASES) it(`writes ${what}`, () => assert.equal(messageText(message(of)), text));

  it('numbers several messages with the time where the company is, and leaves a single one as it is', () => {
    const first = message({ text: 'Oi' });
    const second = message({ text: 'Tudo bem?', sentAt: new Date('2026-11-23T15:05:00Z') });
    assert.equal(joinMessages([first], 'America/Sao_Paulo'), 'Oi');
    assert.equal(joinMessages([first, second], 'America/Sao_Paulo'), '(1) 12:04 Oi\n(2) 12:05 Tudo bem?');
    assert.equal(joinMessages([first, second], 'America/Manaus'), '(1) 11:04 Oi\n(2) 11:05 Tudo bem?');
  });
});

describe('the transcript takes no more of a text than a prompt can hold', () => {
  const long = message({ contentType: 'document', enrichmentStatus: 'completed', extractedText: 'a'.repeat(9_000) });

  it('shows much of what is being answered, little of what was said before, and says that it was cut', () => {
    const answered = messageText(long);
    const earlier = messageText(long, TEXT_LIMITS.earlier);
    assert.ok(answered.length > 6_000 && answered.length < 6_100);
    assert.ok(earlier.length > 500 && earlier.length < 600);
    for (const text of [answered, earlier]) assert.match(text, /\(… texto cortado\)$/);
  });

  it('never cuts a character in two', () => {
    assert.equal(shorten('ab😀', 3), 'ab (… texto cortado)');
    assert.equal(shorten('ab😀', 4), 'ab😀');
  });
});

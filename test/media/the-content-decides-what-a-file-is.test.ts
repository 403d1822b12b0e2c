import assert from 'node:assert/strict';
import { deflateRawSync } from 'node:zlib';
import sharp from 'sharp';
import { identifyMedia } from '../../core/media/sniff';
import { blackPng, fixture, windowsProgram } from './fixtures';

const text = (content: string, encoding: BufferEncoding = 'utf8'): Buffer => Buffer.from(content, encoding);

/** A zip with entries of these names, enough for what looks into it. */
function zipOf(names: string[]): Buffer {
  const entries = names.map((name) => {
    const data = deflateRawSync('<xml/>');
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(20, 4);
    header.writeUInt16LE(8, 8);
    header.writeUInt32LE(data.length, 18);
    header.writeUInt32LE(6, 22);
    header.writeUInt16LE(name.length, 26);
    return Buffer.concat([header, Buffer.from(name), data]);
  });
  return Buffer.concat(entries);
}

const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

describe('what a file is', () => {
  const cases: [string, () => Promise<Buffer> | Buffer, string | null, string | null, string, string][] = [
    // title, content, declared, file name -> type, kind
    ['a photo', () => fixture('photo.jpg'), 'image/jpeg', null, 'image/jpeg', 'image'],
    ['a photo under a nickname', () => fixture('photo.jpg'), 'image/jpg', null, 'image/jpeg', 'image'],
    ['a JPEG declared as PNG: still an image', () => fixture('photo.jpg'), 'image/png', null, 'image/jpeg', 'image'],
    ['a photo that nobody declared', () => fixture('photo.jpg'), null, null, 'image/jpeg', 'image'],
    [
      'a photo declared as bytes',
      () => fixture('photo.jpg'),
      'application/octet-stream',
      'x.bin',
      'image/jpeg',
      'image',
    ],
    ['a photo of an unknown type', () => fixture('photo.jpg'), 'application/x-thing', null, 'image/jpeg', 'image'],
    ['a sticker', () => fixture('sticker.webp'), 'image/webp', null, 'image/webp', 'image'],
    ['a voice note', () => fixture('voice.ogg'), 'audio/ogg; codecs=opus', null, 'audio/ogg', 'audio'],
    ['a voice note as application/ogg', () => fixture('voice.ogg'), 'application/ogg', null, 'audio/ogg', 'audio'],
    ['a voice note as audio/opus', () => fixture('voice.ogg'), 'audio/opus', null, 'audio/ogg', 'audio'],
    ['AAC', () => fixture('voice.aac'), 'audio/aac', null, 'audio/aac', 'audio'],
    ['a video', () => fixture('video.mp4'), 'video/mp4', null, 'video/mp4', 'video'],
    ['a video as QuickTime', () => fixture('video.mp4'), 'video/quicktime', null, 'video/quicktime', 'video'],
    ['the same container declared as sound', () => fixture('video.mp4'), 'audio/mp4', null, 'audio/mp4', 'audio'],
    ['a PDF', () => fixture('order.pdf'), 'application/pdf', 'pedido.pdf', 'application/pdf', 'document'],
    ['a PDF as bytes', () => fixture('order.pdf'), 'binary/octet-stream', null, 'application/pdf', 'document'],
    ['Word', () => zipOf(['[Content_Types].xml', 'word/document.xml']), DOCX, null, DOCX, 'document'],
    [
      'Word, undeclared',
      () => zipOf(['docProps/app.xml', '[Content_Types].xml', 'word/document.xml']),
      null,
      null,
      DOCX,
      'document',
    ],
    ['a zip', () => zipOf(['a.txt']), 'application/zip', null, 'application/zip', 'unsupported'],
    ['text', () => text('Olá, não chegou ainda.'), 'text/plain; charset=utf-8', null, 'text/plain', 'text'],
    ['text, undeclared', () => text('Olá, não chegou ainda.'), null, null, 'text/plain', 'text'],
    ['csv by its name', () => text('a'), null, 'lista.csv', 'text/csv', 'text'],
    ['csv by its look', () => text('nome;valor\nana;10\nrui;20\n'), null, null, 'text/csv', 'text'],
    [
      'csv that the browser calls Excel',
      () => text('a;b\n1;2\n'),
      'application/vnd.ms-excel',
      null,
      'text/csv',
      'text',
    ],
    ['csv of an old program', () => text('descrição;preço\ncafé;10\n', 'latin1'), 'text/csv', null, 'text/csv', 'text'],
    [
      'text with the dashes and quotes of Windows',
      () => text('o \x93caf\xe9\x94 \x96 bom para quem trabalha cedo', 'latin1'),
      null,
      null,
      'text/plain',
      'text',
    ],
    ['text longer than the sample', () => text('é'.repeat(200_001)), null, null, 'text/plain', 'text'],
    ['json', () => text('{"a":1}'), 'application/json', null, 'application/json', 'text'],
    ['a vcard', () => text('BEGIN:VCARD\nEND:VCARD'), 'text/x-vcard', null, 'text/vcard', 'text'],
    ['svg: text that is a program', () => text('<svg xmlns="x"></svg>'), null, null, 'image/svg+xml', 'unsupported'],
    [
      'a program',
      () => windowsProgram(),
      'application/octet-stream',
      'setup.exe',
      'application/x-msdownload',
      'unsupported',
    ],
    [
      'bytes of no meaning',
      () => Buffer.from([1, 2, 3, 0, 255]),
      null,
      null,
      'application/octet-stream',
      'unsupported',
    ],
  ];
  for (const [title, content, declared, fileName, mimeType, kind] of cases) {
    it(title, async () => {
      assert.deepEqual(await identifyMedia(await content(), declared, fileName), { mimeType, kind });
    });
  }
});

describe('a file that is not what it was declared as', () => {
  const cases: [string, () => Promise<Buffer> | Buffer, string | null, string | null][] = [
    ['a PDF as an image', () => fixture('order.pdf'), 'image/jpeg', null],
    ['a program as an image', () => windowsProgram(), 'image/jpeg', 'photo.jpg'],
    ['a program renamed .jpg, undeclared', () => windowsProgram(), null, 'photo.jpg'],
    ['a program as a PDF', () => windowsProgram(), 'application/pdf', null],
    ['an error page as an image', () => text('<!DOCTYPE html><html>404</html>'), 'image/jpeg', null],
    ['an error message as a voice note', () => text('{"error":"not found"}'), 'audio/ogg', null],
    ['text as a PDF', () => text('hello'), 'application/pdf', null],
    ['an image as a voice note', () => fixture('photo.jpg'), 'audio/ogg', null],
    ['a video as an image', () => fixture('video.mp4'), 'image/png', null],
    ['a zip as Word', () => zipOf(['a.txt']), DOCX, null],
    ['svg as an image', () => text('<?xml version="1.0"?>\n<svg onload="x"/>'), 'image/png', null],
  ];
  for (const [title, content, declared, fileName] of cases) {
    it(`is refused: ${title}`, async () => {
      await assert.rejects(identifyMedia(await content(), declared, fileName), { code: 'MEDIA_TYPE_MISMATCH' });
    });
  }
});

describe('a damaged file', () => {
  it('without bytes is refused as empty', () =>
    assert.rejects(identifyMedia(Buffer.alloc(0), 'image/jpeg', null), { code: 'MEDIA_EMPTY' }));

  for (const [name, mimeType] of [
    ['photo.jpg', 'image/jpeg'],
    ['sticker.webp', 'image/webp'],
    ['voice.ogg', 'audio/ogg; codecs=opus'],
    ['video.mp4', 'video/mp4'],
  ] as const) {
    it(`is refused when ${name} was cut at any place`, async () => {
      const whole = await fixture(name);
      for (const keptBytes of [1, 3, 10, 40, 100, 600, Math.floor(whole.length / 2), whole.length - 1]) {
        const cut = whole.subarray(0, keptBytes);
        const error: unknown = await identifyMedia(cut, mimeType, null).catch((reason: unknown) => reason);
        assert.ok(error instanceof Error && 'code' in error, `${keptBytes} bytes were accepted`);
        // A first letter alone is text for all that anyone can tell.
        assert.match(
          String(error.code),
          keptBytes <= 10 ? /MEDIA_(CORRUPT|TYPE_MISMATCH)/ : /MEDIA_CORRUPT/,
          `${keptBytes} bytes`,
        );
      }
    });
  }

  it('is refused when a PNG was cut', async () => {
    const whole = blackPng(300, 300);
    await assert.rejects(identifyMedia(whole.subarray(0, whole.length - 10), 'image/png', null), {
      code: 'MEDIA_CORRUPT',
    });
  });

  it('is refused when a JPEG with a thumbnail was cut behind the thumbnail', async () => {
    const photo = await fixture('photo.jpg');
    const thumbnail = await sharp(photo).resize(64).jpeg().toBuffer();
    const segment = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 0]), thumbnail]);
    segment.writeUInt16BE(thumbnail.length + 2, 2);
    const whole = Buffer.concat([photo.subarray(0, 2), segment, photo.subarray(2)]);
    assert.equal((await identifyMedia(whole, 'image/jpeg', null)).kind, 'image');
    await assert.rejects(identifyMedia(whole.subarray(0, whole.length - 500), 'image/jpeg', null), {
      code: 'MEDIA_CORRUPT',
    });
  });

  it('is refused when a video says it holds two gigabytes and does not', async () => {
    const video = Buffer.from(await fixture('video.mp4'));
    video.writeUInt32BE(0x7fffffff, video.indexOf('mdat') - 4);
    await assert.rejects(identifyMedia(video, 'video/mp4', null), { code: 'MEDIA_CORRUPT' });
  });

  it('is refused when it is noise under a known name', () =>
    assert.rejects(identifyMedia(Buffer.from([0, 1, 2, 200, 7, 0]), 'audio/ogg', null), { code: 'MEDIA_CORRUPT' }));

  it('is refused soon when it was made to keep a parser busy', async () => {
    const sizeBytes = 32 * 1024 * 1024;
    const jpeg = Buffer.alloc(sizeBytes, 0xff);
    jpeg.writeUInt8(0xd8, 1);
    const ogg = Buffer.alloc(sizeBytes);
    for (let offset = 0; offset + 27 < sizeBytes; offset += 27) ogg.write('OggS', offset, 'latin1');
    const mp4 = Buffer.alloc(sizeBytes);
    mp4.write('\0\0\0\x18ftypisom\0\0\0\0isommp41', 0, 'latin1');
    for (let offset = 24; offset + 8 < sizeBytes; offset += 8) mp4.write('\0\0\0\x08free', offset, 'latin1');
    for (const [bytes, mimeType] of [
      [jpeg, 'image/jpeg'],
      [ogg, 'audio/ogg'],
      [mp4, 'video/mp4'],
    ] as const) {
      await assert.rejects(identifyMedia(bytes, mimeType, null), { code: 'MEDIA_CORRUPT' }, mimeType);
    }
  });
});

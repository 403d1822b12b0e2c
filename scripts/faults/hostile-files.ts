import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { crc32, createDeflate, createDeflateRaw } from 'node:zlib';
import { createFfmpegTools } from '../../core/media/ffmpeg';
import { blackPng, fixture, pdfOfPages, windowsProgram } from '../../test/support/media-bytes';

export type HostileType = 'image' | 'voice' | 'video' | 'document' | 'sticker';

/** A file that was made to hurt whoever opens it, and what may come of it. */
export interface HostileFile {
  name: string;
  type: HostileType;
  mimetype: string;
  filename?: string;
  bytes: Buffer;
  /** The code it is refused with, or `partial`: what can be read of it is read. */
  ends: readonly string[];
}

const MB = 1024 * 1024;

/**
 * Every kind of hostile file that quality.md names for I6, and those that this code could be hurt by: text that costs
 * quadratic searching, an animation of huge pictures, an archive whose first entry unpacks without end.
 */
export async function hostileFiles(): Promise<HostileFile[]> {
  const voice = await fixture('voice.ogg');
  const video = await fixture('video.mp4');
  const pdf = { type: 'document', mimetype: 'application/pdf', filename: 'contrato.pdf' } as const;
  const mp4 = { type: 'video', mimetype: 'video/mp4' } as const;
  const png = { type: 'image', mimetype: 'image/png' } as const;
  return [
    { ...png, name: 'PNG of 100 megapixels', bytes: blackPng(10_000, 10_000), ends: ['IMAGE_TOO_MANY_PIXELS'] },
    { ...png, name: 'PNG that unpacks to more than it declares', bytes: await overfullPng(), ends: ['MEDIA_CORRUPT'] },
    { ...png, name: 'PNG at the limit of megapixels', bytes: blackPng(7_000, 7_000), ends: ['partial'] },
    { ...png, name: 'Windows program as PNG', bytes: windowsProgram(), ends: ['MEDIA_TYPE_MISMATCH'] },
    {
      name: 'GIF of 2,000 huge pictures',
      type: 'sticker',
      mimetype: 'image/gif',
      bytes: hugeGif(2_000),
      ends: ['partial'],
    },
    { ...pdf, name: 'PDF of 10,000 pages', bytes: pdfOfPages(10_000, textOfPage()), ends: ['partial'] },
    {
      ...pdf,
      name: 'PDF whose pages unpack to 200 MB each',
      bytes: await pdfBomb(),
      ends: ['MEDIA_CORRUPT', 'PROVIDER_REJECTED'],
    },
    { ...pdf, name: 'PDF behind a password', bytes: await fixture('encrypted.pdf'), ends: ['DOCUMENT_ENCRYPTED'] },
    { ...pdf, name: 'PDF full of unfinished streams', bytes: unfinishedStreams(), ends: ['MEDIA_CORRUPT'] },
    {
      name: 'Office file whose table of contents unpacks to 512 MB',
      type: 'document',
      mimetype: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      filename: 'proposta.docx',
      bytes: await zipBomb('[Content_Types].xml'),
      ends: ['PROVIDER_REJECTED', 'MEDIA_TYPE_MISMATCH', 'MEDIA_CORRUPT'],
    },
    {
      name: 'Text of 30 MB on one line',
      type: 'document',
      mimetype: 'text/plain',
      filename: 'lista.txt',
      bytes: Buffer.alloc(30 * MB, 'ação '),
      ends: ['partial'],
    },
    { ...pdf, name: 'No bytes', bytes: Buffer.alloc(0), ends: ['MEDIA_EMPTY'] },
    {
      name: 'PDF as JPEG, named .mp3',
      type: 'image',
      mimetype: 'image/jpeg',
      filename: 'foto.mp3',
      bytes: await fixture('order.pdf'),
      ends: ['MEDIA_TYPE_MISMATCH'],
    },
    {
      name: 'Voice note cut short',
      type: 'voice',
      mimetype: 'audio/ogg; codecs=opus',
      bytes: voice.subarray(0, voice.length - 500),
      ends: ['MEDIA_CORRUPT'],
    },
    { ...mp4, name: 'Video that declares 2 GB', bytes: declaring2GB(video), ends: ['MEDIA_CORRUPT'] },
    { ...mp4, name: 'Video that declares 13 years', bytes: declaringYears(video), ends: ['partial', 'MEDIA_CORRUPT'] },
    { ...mp4, name: 'Video of 8,192 by 8,192 pixels', bytes: await hugeVideo(), ends: ['partial', 'MEDIA_CORRUPT'] },
  ];
}

function textOfPage(): Buffer {
  return Buffer.from('BT /F 12 Tf 20 200 Td (Contrato de prestacao de servicos) Tj ET', 'latin1');
}

/** So many megabytes of the repeated text, compressed without being held at once. */
async function packed(text: string, megabytes: number, { isRaw = false } = {}): Promise<Buffer> {
  const block = Buffer.alloc(MB, text);
  const blocks = Readable.from(Array<Buffer>(megabytes).fill(block));
  return buffer(blocks.pipe(isRaw ? createDeflateRaw() : createDeflate()));
}

/** A header of one pixel over image data of 400 MB, and no end mark. */
async function overfullPng(): Promise<Buffer> {
  const tiny = blackPng(1, 1);
  const body = Buffer.concat([Buffer.from('IDAT', 'latin1'), await packed('\0', 400)]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(body.length - 4, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return Buffer.concat([tiny.subarray(0, tiny.indexOf('IDAT') - 4), chunk]);
}

/** The same full frame of 8,000 by 6,000 pixels again and again: some kilobytes for terabytes. */
function hugeGif(frames: number): Buffer {
  const [width, height] = [8_000, 6_000];
  const screen = Buffer.alloc(13);
  screen.write('GIF89a', 'latin1');
  screen.writeUInt16LE(width, 6);
  screen.writeUInt16LE(height, 8);
  screen.writeUInt8(0x80, 10);
  const palette = Buffer.from([0, 0, 0, 255, 255, 255]);
  const frame = Buffer.alloc(8 + 10);
  Buffer.from([0x21, 0xf9, 4, 0, 5, 0, 0, 0]).copy(frame);
  frame.writeUInt8(0x2c, 8);
  frame.writeUInt16LE(width, 13);
  frame.writeUInt16LE(height, 15);
  // Minimum code size 2, one block: clear, one pixel, end. The rest of the frame stays as it was.
  const data = Buffer.from([2, 2, 0x44, 0x01, 0]);
  return Buffer.concat([
    screen,
    palette,
    ...Array<Buffer>(frames).fill(Buffer.concat([frame, data])),
    Buffer.from(';'),
  ]);
}

/** Three hundred pages that share one content stream of operators. */
async function pdfBomb(): Promise<Buffer> {
  return pdfOfPages(300, await packed('q Q\n', 200), '/Filter /FlateDecode');
}

/** What a search from every start to a far end would take minutes for. */
function unfinishedStreams(): Buffer {
  return Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(20 * MB, '/Type /ObjStm\n')]);
}

/** An archive of one entry of zeros. Local header and central directory: APPNOTE.TXT 4.3. */
async function zipBomb(entryName: string): Promise<Buffer> {
  const megabytes = 512;
  const data = await packed('\0', megabytes, { isRaw: true });
  const name = Buffer.from(entryName, 'latin1');
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(20, 0);
  facts.writeUInt16LE(8, 4); // deflate
  facts.writeUInt32LE(data.length, 14);
  facts.writeUInt32LE(megabytes * MB, 18);
  facts.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), facts, name, data]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, Buffer.alloc(14), name]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

/** The box of the data says that two gigabytes follow. */
function declaring2GB(video: Buffer): Buffer {
  const bytes = Buffer.from(video);
  bytes.writeUInt32BE(0x7fffffff, bytes.indexOf('mdat') - 4);
  return bytes;
}

/** Every duration in the index at its largest. Layout: ISO/IEC 14496-12, mvhd, tkhd, mdhd, version 0. */
function declaringYears(video: Buffer): Buffer {
  const bytes = Buffer.from(video);
  for (const [box, offset] of [
    ['mvhd', 20],
    ['tkhd', 24],
    ['mdhd', 20],
  ] as const) {
    for (let at = bytes.indexOf(box); at >= 0; at = bytes.indexOf(box, at + 4)) {
      bytes.writeUInt32BE(0xfffffff0, at + offset);
    }
  }
  return bytes;
}

/** Two black pictures, small as files and some hundred megabytes each when they are unpacked. */
async function hugeVideo(): Promise<Buffer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ventros-hostile-'));
  const file = path.join(folder, 'huge.mp4');
  try {
    const source = ['-f', 'lavfi', '-i', 'color=black:s=8192x8192:r=1', '-frames:v', '2'];
    const codec = ['-c:v', 'mjpeg', '-q:v', '31', '-pix_fmt', 'yuvj420p'];
    const ffmpeg = await createFfmpegTools().locate();
    execFileSync(ffmpeg, ['-hide_banner', '-loglevel', 'error', '-y', ...source, ...codec, file]);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { projectRoot } from '../../core/project-root';

export function fixturePath(name: string): string {
  return path.join(projectRoot(), 'test/fixtures/media', name);
}

export function fixture(name: string): Promise<Buffer> {
  return readFile(fixturePath(name));
}

/**
 * The file with bytes of its own behind its end, where readers ignore them: one that was read before is not read again.
 *
 * @param mark the same mark makes the same file
 */
export function markedFixture(name: string, mark: string | number): Buffer {
  return Buffer.concat([readFileSync(fixturePath(name)), Buffer.from(`\n%${mark}`)]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}

/** A valid, nearly empty black PNG of any size: one bit per pixel, so a hundred megapixels are a few kilobytes. */
export function blackPng(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(1, 8); // bits per sample; colour type 0 is grey
  const rows = Buffer.alloc(height * (1 + Math.ceil(width / 8)));
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([
    signature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The start of a Windows program. */
export function windowsProgram(): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write('MZ', 0, 'latin1');
  bytes.writeUInt32LE(0x80, 0x3c);
  bytes.write('PE\0\0', 0x80, 'latin1');
  return bytes;
}

/** A PDF of `pageCount` pages that share one content stream. */
export function pdfOfPages(pageCount: number, content: Buffer, filter = ''): Buffer {
  const parts: Buffer[] = [];
  const offsets: number[] = [];
  let length = 0;
  const write = (bytes: Buffer | string): void => {
    const part = Buffer.from(bytes as string, 'latin1');
    parts.push(part);
    length += part.length;
  };
  const object = (body: () => void): void => {
    offsets.push(length);
    write(`${offsets.length} 0 obj\n`);
    body();
    write('\nendobj\n');
  };
  const pageIds = Array.from({ length: pageCount }, (_, index) => `${index + 5} 0 R`);
  write('%PDF-1.4\n');
  object(() => write('<< /Type /Catalog /Pages 2 0 R >>'));
  object(() => write(`<< /Type /Pages /Count ${pageCount} /Kids [${pageIds.join(' ')}] >>`));
  object(() => write('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'));
  object(() => {
    write(`<< /Length ${content.length} ${filter} >>\nstream\n`);
    parts.push(content);
    length += content.length;
    write('\nendstream');
  });
  for (let page = 0; page < pageCount; page++) {
    object(() =>
      write(
        '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R /Resources << /Font << /F 3 0 R >> >> >>',
      ),
    );
  }
  const table = length;
  write(`xref\n0 ${offsets.length + 1}\n0000000000 65535 f \n`);
  for (const offset of offsets) write(`${String(offset).padStart(10, '0')} 00000 n \n`);
  write(`trailer\n<< /Size ${offsets.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`);
  return Buffer.concat(parts);
}

import { readFile } from 'node:fs/promises';
import { request } from 'undici';
import { sha256 } from '../hash';
import { isRecord, textOf } from '../http';
import type { Answer, FileSummary } from '../types';

/** A file that a customer sends: by its bytes or by a path. */
export interface InboundFile {
  bytes?: Buffer;
  path?: string;
  mimetype: string;
  filename?: string;
}

/** A file that the shop sent. Hash and size are absent when it was given by an outside url. */
export interface SentFile extends Partial<FileSummary> {
  mimetype: string;
  filename: string | null;
  url: string | null;
}

/** Files are kept by content, so one that is received a thousand times takes the place of one. */
const MAX_FILE_BYTES = 512 * 1024 * 1024;
const FETCH_TIMEOUT_MS = 5_000;

/** The media that customers sent, served under /api/files. The oldest go first when the place is used up. */
export class MediaFiles {
  private readonly files = new Map<string, { bytes: Buffer; mimetype: string }>();
  private readonly namesByPath = new Map<string, string>();
  private readonly hashes = new WeakMap<Buffer, string>();
  private keptBytes = 0;

  /** Keeps the file and answers the name it is served under. */
  async store(file: InboundFile): Promise<string> {
    if (file.bytes) return this.keep(file.bytes, file.mimetype);
    if (!file.path) throw new Error('A file needs bytes or a path');
    const key = `${file.path} ${file.mimetype}`;
    const known = this.namesByPath.get(key);
    if (known && this.files.has(known)) return known;
    const name = this.keep(await readFile(file.path), file.mimetype);
    this.namesByPath.set(key, name);
    return name;
  }

  serve(name: string): Answer {
    const file = this.files.get(name);
    if (!file) return { status: 404, body: { message: 'File not found', statusCode: 404 } };
    return { status: 200, body: file.bytes, headers: { 'content-type': file.mimetype } };
  }

  clear(): void {
    this.files.clear();
    this.namesByPath.clear();
    this.keptBytes = 0;
  }

  private keep(bytes: Buffer, mimetype: string): string {
    const hash = this.hashes.get(bytes) ?? sha256(bytes);
    this.hashes.set(bytes, hash);
    const extension = (mimetype.split('/')[1] ?? 'bin').replace(/[^\w].*$/, '');
    const name = `${hash.slice(0, 32)}.${extension}`;
    if (this.files.has(name)) return name;
    this.files.set(name, { bytes, mimetype });
    this.keptBytes += bytes.length;
    for (const [oldest, { bytes: old }] of this.files) {
      if (this.keptBytes <= MAX_FILE_BYTES || oldest === name) break;
      this.files.delete(oldest);
      this.keptBytes -= old.length;
    }
    return name;
  }
}

/** The `file` of a send: inlined, or fetched from its url as WAHA does, when that is on this machine. */
export async function readSentFile(value: unknown): Promise<SentFile | 'missing' | 'unreachable'> {
  if (!isRecord(value) || !textOf(value.mimetype)) return 'missing';
  const url = textOf(value.url) || null;
  const file = { mimetype: textOf(value.mimetype), filename: textOf(value.filename) || null, url };
  if (isRecord(value.data)) {
    return { ...file, sha256: textOf(value.data.sha256), sizeBytes: Number(value.data.sizeBytes) };
  }
  if (!url) return 'missing';
  // Outside addresses are not called: a simulated world has no outside.
  if (!/^https?:\/\/(127\.0\.0\.1|localhost)[:/]/.test(url)) return file;
  const bytes = await fetchFile(url);
  return bytes ? { ...file, sha256: sha256(bytes), sizeBytes: bytes.length } : 'unreachable';
}

async function fetchFile(url: string): Promise<Buffer | null> {
  try {
    const { statusCode, body } = await request(url, {
      headersTimeout: FETCH_TIMEOUT_MS,
      bodyTimeout: FETCH_TIMEOUT_MS,
    });
    const bytes = Buffer.from(await body.arrayBuffer());
    return statusCode === 200 ? bytes : null;
  } catch (error) {
    // Every failure of the connection is an Error with a code; a bug of ours is not.
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
}

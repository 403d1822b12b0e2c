import busboy from 'busboy';
import type { Request } from 'express';
import type { z } from 'zod';
import { AppError } from '../../core/errors';
import { refuseUnstorableText } from '../unstorable-text';
import { validationError } from './errors';

export interface UploadedFile {
  bytes: Buffer;
  fileName: string | null;
  /** As the sender declared it; the content is what counts. */
  mimeType: string | null;
  /** The other fields of a form. */
  fields: Record<string, string>;
}

const MAX_FIELDS = 10;
const MAX_FIELD_BYTES = 1000;

/**
 * A file as the one of a form or as the body itself, and what the form says beside it.
 *
 * @throws AppError MEDIA_TOO_LARGE, BAD_REQUEST, VALIDATION_ERROR
 */
export async function readUpload<Options>(
  request: Request,
  { maxBytes, options: schema }: { maxBytes: number; options: z.ZodType<Options> },
): Promise<{ file: UploadedFile; options: Options }> {
  const file = await (request.is('multipart/form-data') ? readForm : readRaw)(request, maxBytes);
  refuseUnstorableText({ ...file.fields, file: file.fileName }, 'body');
  const options = schema.safeParse(file.fields);
  if (!options.success) throw validationError(options.error, 'body');
  return { file, options: options.data };
}

/**
 * The one file of a multipart form. Reading stops at the limit, so a larger body costs no more than that.
 *
 * @throws AppError MEDIA_TOO_LARGE, BAD_REQUEST
 */
export function readForm(request: Request, maxBytes: number): Promise<UploadedFile> {
  return new Promise((resolve, reject) => {
    refuseEnded(request);
    const chunks: Buffer[] = [];
    const fields: Record<string, string> = {};
    let file: { fileName: string | null; mimeType: string | null } | null = null;
    const fail = (error: AppError) => {
      request.unpipe(parser);
      // What is left of the body is read and dropped, so that the answer can be sent.
      request.resume();
      reject(error);
    };
    const malformed = () => fail(new AppError('BAD_REQUEST', 'The form ended early or is not multipart/form-data'));

    const parser = createParser(request, maxBytes);
    parser.on('file', (_field, stream, info) => {
      file = { fileName: info.filename || null, mimeType: info.mimeType || null };
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('limit', () => fail(tooLarge(maxBytes)));
    });
    parser.on('field', (name, value) => (fields[name] = value));
    parser.on('filesLimit', () => fail(new AppError('BAD_REQUEST', 'Send one file per request')));
    parser.on('error', malformed);
    parser.on('close', () => {
      if (file) resolve({ ...file, bytes: Buffer.concat(chunks), fields });
      else fail(new AppError('BAD_REQUEST', 'The form has no file'));
    });
    request.on('aborted', malformed);
    request.pipe(parser);
  });
}

function createParser(request: Request, maxBytes: number): busboy.Busboy {
  try {
    return busboy({
      headers: request.headers,
      // One byte more than allowed: busboy cuts without saying so when a file has exactly the limit.
      limits: { files: 1, fileSize: maxBytes + 1, fields: MAX_FIELDS, fieldSize: MAX_FIELD_BYTES },
    });
  } catch (cause) {
    // It throws plain errors for a missing boundary and the like.
    throw new AppError('BAD_REQUEST', 'The form has no boundary in its Content-Type', { cause });
  }
}

/**
 * The whole body as a file.
 *
 * @throws AppError MEDIA_TOO_LARGE, BAD_REQUEST
 */
export async function readRaw(request: Request, maxBytes: number): Promise<UploadedFile> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  refuseEnded(request);
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    request.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) reject(tooLarge(maxBytes));
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('aborted', () => reject(new AppError('BAD_REQUEST', 'The body ended early')));
    request.on('error', reject);
  });
  const [mimeType] = (request.headers['content-type'] ?? '').split(';');
  return { bytes, fileName: null, mimeType: mimeType?.trim() || null, fields: {} };
}

/** Tools that know no better send these types, which say nothing about the file. */
const UNKNOWN_TYPES = new Set(['application/octet-stream', 'application/x-www-form-urlencoded']);

/** What the sender says the file is; null when that says nothing. */
export function declaredTypeOf({ mimeType }: UploadedFile): string | null {
  return mimeType === null || UNKNOWN_TYPES.has(mimeType) ? null : mimeType;
}

/** No event of the request will ever come again: its sender went away while the key was checked, or it was read as JSON. */
function refuseEnded(request: Request): void {
  if (request.destroyed) throw new AppError('BAD_REQUEST', 'The body ended early');
  if (request.readableEnded) {
    throw new AppError('BAD_REQUEST', 'This is JSON; send a file under another type, such as application/octet-stream');
  }
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('MEDIA_TOO_LARGE', `The file is over the limit of ${maxBytes} bytes`, { details: { maxBytes } });
}

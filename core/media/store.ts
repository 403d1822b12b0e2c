import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import { AppError } from '../errors';
import { isUuid } from '../ids';

/**
 * Keeps the bytes of media under `<tenant>/<sha256>`: the same file sent twice is kept once, and no name a stranger chose
 * ever becomes a path.
 */
export interface MediaStore {
  /** @param known what `put` answered for the same bytes before: they are not hashed again */
  put(tenantId: string, bytes: Buffer, known?: { sha256: string }): Promise<{ sha256: string; sizeBytes: number }>;
  /** @throws AppError NOT_FOUND */
  read(tenantId: string, sha256: string): Promise<Buffer>;
  /** A path that a child process such as ffmpeg can read, valid until `delete`. @throws AppError NOT_FOUND */
  localPath(tenantId: string, sha256: string): Promise<string>;
  /** Deleting what is not there is not an error. */
  delete(tenantId: string, sha256: string): Promise<void>;
}

const SHA256 = /^[0-9a-f]{64}$/;

/** Whether a call of node:fs failed because there is nothing at the path. */
export function isMissingFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Media in a folder of this machine: `<dir>/<tenant>/<sha256>`, written beside its place and moved into it whole. */
export function createLocalMediaStore(dir: string): MediaStore {
  const root = path.resolve(dir);

  function folderOf(tenantId: string): string {
    if (!isUuid(tenantId)) throw new AppError('VALIDATION_ERROR', 'The tenant id of a medium must be a UUID.');
    return path.join(root, tenantId.toLowerCase());
  }

  function placeOf(tenantId: string, sha256: string): string {
    const folder = folderOf(tenantId);
    if (!SHA256.test(sha256))
      throw new AppError('VALIDATION_ERROR', 'A medium is named by its sha256 in lower-case hex.');
    return path.join(folder, sha256);
  }

  function missing(sha256: string): AppError {
    return new AppError('NOT_FOUND', `There is no medium ${sha256} of this tenant.`);
  }

  return {
    async put(tenantId, bytes, known) {
      const sha256 = known?.sha256 ?? (await sha256Of(bytes));
      const place = placeOf(tenantId, sha256);
      const stored = { sha256, sizeBytes: bytes.length };
      if (await hasFile(place, bytes.length)) return stored;

      const folder = path.dirname(place);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const temporary = path.join(folder, `.${randomUUID()}.tmp`);
      try {
        await writeDurably(temporary, bytes);
        await rename(temporary, place);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      await syncFolder(folder);
      return stored;
    },

    async read(tenantId, sha256) {
      return readFile(placeOf(tenantId, sha256)).catch((error: unknown) => {
        throw isMissingFile(error) ? missing(sha256) : error;
      });
    },

    async localPath(tenantId, sha256) {
      const place = placeOf(tenantId, sha256);
      await access(place, constants.R_OK).catch((error: unknown) => {
        throw isMissingFile(error) ? missing(sha256) : error;
      });
      return place;
    },

    async delete(tenantId, sha256) {
      await rm(placeOf(tenantId, sha256), { force: true });
    },
  };
}

/** Large files in pieces, with pauses: a hundred milliseconds at once would keep everything else in this process waiting. */
const HASHED_AT_ONCE_BYTES = 4 * 1024 * 1024;

async function sha256Of(bytes: Buffer): Promise<string> {
  const hash = createHash('sha256');
  for (let from = 0; from < bytes.length; from += HASHED_AT_ONCE_BYTES) {
    if (from > 0) await immediate();
    hash.update(bytes.subarray(from, from + HASHED_AT_ONCE_BYTES));
  }
  return hash.digest('hex');
}

async function hasFile(place: string, sizeBytes: number): Promise<boolean> {
  const found = await stat(place).catch((error: unknown) => {
    if (isMissingFile(error)) return null;
    throw error;
  });
  return found?.size === sizeBytes;
}

async function writeDurably(file: string, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A rename survives a power cut only once its folder is on disk too. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

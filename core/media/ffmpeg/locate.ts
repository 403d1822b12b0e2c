import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '../../config/programs';
import { AppError } from '../../errors';
import { canDieWithParent } from '../child/die-with-parent';
import { WRAPPER_PREFIX } from './workspace';

export interface FfmpegSettings {
  /** FFMPEG_PATH of the configuration. */
  ffmpegPath?: string;
  /** Told once when only the old binary of @ffmpeg-installer is there. */
  onWarning?: (message: string) => void;
}

/** 2 GB of addresses, of which decoding uses a fraction; a file that asks for more ends its own ffmpeg and nothing else. */
const MAX_ADDRESS_SPACE_KB = 2 * 1024 * 1024;

const INSTALLER_WARNING =
  'ffmpeg is neither at FFMPEG_PATH nor on PATH: using the 2018 build of @ffmpeg-installer/ffmpeg, which lacks years of ' +
  'security fixes. Install ffmpeg before real customers send files.';

/**
 * Where ffmpeg is: FFMPEG_PATH, then PATH, then the build of @ffmpeg-installer/ffmpeg with a warning.
 *
 * @throws AppError PROVIDER_NOT_CONFIGURED when there is none
 */
export async function locateFfmpeg(settings: FfmpegSettings = {}): Promise<string> {
  if (settings.ffmpegPath !== undefined) {
    if (await runs(settings.ffmpegPath)) return settings.ffmpegPath;
    throw new AppError('PROVIDER_NOT_CONFIGURED', 'FFMPEG_PATH does not name a program that runs.');
  }
  const onPath = findProgram('ffmpeg');
  if (onPath !== undefined && (await runs(onPath))) return onPath;

  const bundled = bundledPath();
  if (bundled !== null) {
    // Package managers that skip install scripts leave it without the permission to run.
    await chmod(bundled, 0o755).catch(() => undefined);
    if (await runs(bundled)) {
      settings.onWarning?.(INSTALLER_WARNING);
      return bundled;
    }
  }
  throw new AppError('PROVIDER_NOT_CONFIGURED', 'ffmpeg was not found. Install it or set FFMPEG_PATH.');
}

async function runs(file: string): Promise<boolean> {
  return promisify(execFile)(file, ['-version'], { timeout: 10_000 }).then(
    () => true,
    () => false,
  );
}

function bundledPath(): string | null {
  const requireFrom = createRequire(__filename);
  const binary = process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg';
  const name = `@ffmpeg-installer/${process.platform}-${process.arch}/package.json`;
  try {
    return path.join(path.dirname(requireFrom.resolve(name)), binary);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

/**
 * A program that becomes ffmpeg, because fluent-ffmpeg takes a path and neither arguments nor an environment: it hides our
 * environment (which holds keys) from a decoder of hostile files, bounds its memory where the shell can, and makes ffmpeg die with this process where the system
 * can do that.
 */
export async function wrapFfmpeg(ffmpegPath: string): Promise<string> {
  if (process.platform === 'win32') return ffmpegPath;
  const folder = await mkdtemp(path.join(tmpdir(), `${WRAPPER_PREFIX}${process.pid}-`));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const script = path.join(folder, 'ffmpeg');
  const quoted = `'${ffmpegPath.replaceAll("'", String.raw`'\''`)}'`;
  const program = canDieWithParent() ? `setpriv --pdeathsig KILL -- ${quoted}` : quoted;
  await writeFile(
    script,
    `#!/bin/sh\nulimit -v ${MAX_ADDRESS_SPACE_KB} 2>/dev/null\nexec env -i PATH="$PATH" ${program} "$@"\n`,
    { mode: 0o700 },
  );
  return script;
}

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FfmpegCommand } from 'fluent-ffmpeg';
import { canDieWithParent } from '../../core/media/child/die-with-parent';
import { createFfmpegTools, sweepStaleWorkspaces } from '../../core/media/ffmpeg';
import { FfmpegFailure, runFfmpeg } from '../../core/media/ffmpeg/run';
import { eventually } from '../support/eventually';
import { fixturePath } from './fixtures';

/** Command lines of running ffmpeg processes that mention `needle`. */
async function processesWith(needle: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')));
  return lines.filter((line) => /^[^\0]*\bffmpeg\0/.test(line) && line.includes(needle));
}

describe('ffmpeg', function () {
  // Processes are seen through /proc.
  if (process.platform !== 'linux') return;

  let systemTmp: string | undefined;
  let folder: string;
  let longVideo: string;
  let ffmpegPath: string;

  before(async () => {
    ffmpegPath = await createFfmpegTools().locate();
    // A temporary folder of our own, so that its name tells our processes and files from everyone else's.
    folder = await mkdtemp(path.join(tmpdir(), 'ffmpeg-test-'));
    systemTmp = process.env['TMPDIR'];
    longVideo = path.join(folder, 'long.mp4');
    const loop = ['-stream_loop', '600', '-i', fixturePath('video.mp4'), '-c', 'copy', longVideo];
    execFileSync(ffmpegPath, ['-hide_banner', '-loglevel', 'error', ...loop]);
    process.env['TMPDIR'] = path.join(folder, 'tmp');
    await mkdir(process.env['TMPDIR']);
  });
  after(async () => {
    if (systemTmp === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = systemTmp;
    await rm(folder, { recursive: true, force: true });
  });

  const workspaces = async (): Promise<string[]> =>
    (await readdir(tmpdir())).filter((name) => name.startsWith('ventros-media-'));

  it('is gone, with its files, when the caller aborts', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled by the workflow');
    const running: Promise<string[]>[] = [];
    const work = createFfmpegTools().cutSound(longVideo, {
      keep: async () => undefined,
      signal: controller.signal,
      timeoutMs: 60_000,
      onProgress: () => {
        running.push(processesWith(folder).finally(() => controller.abort(reason)));
      },
    });
    await assert.rejects(work, reason);
    assert.equal((await running[0])?.length, 1, 'it was running');
    assert.deepEqual(await processesWith(folder), []);
    assert.deepEqual(await workspaces(), []);
  });

  it('is not even started when the caller has aborted before', async () => {
    const reason = new Error('too late');
    const options = { maxFrames: 4, signal: AbortSignal.abort(reason), timeoutMs: 60_000 };
    await assert.rejects(createFfmpegTools().extractVideo(longVideo, options), reason);
    assert.deepEqual(await workspaces(), []);
  });

  it('is gone, with its files, when its time is over', async () => {
    const signal = new AbortController().signal;
    const work = createFfmpegTools().extractVideo(longVideo, { maxFrames: 4, signal, timeoutMs: 100 });
    await assert.rejects(work, { code: 'TIMEOUT' });
    assert.deepEqual(await processesWith(folder), []);
    assert.deepEqual(await workspaces(), []);
  });

  it('is killed although the abort comes before the process exists', async () => {
    const controller = new AbortController();
    const output = path.join(folder, 'early.mp3');
    const run = runFfmpeg(
      ffmpegPath,
      { outputs: [output], build: (command) => command.input(longVideo).output(output) },
      { signal: controller.signal, timeoutMs: 60_000 },
    );
    controller.abort();
    await assert.rejects(run, (error) => error instanceof FfmpegFailure && error.why === 'abort');
    assert.deepEqual(await processesWith(folder), []);
    assert.equal((await readdir(folder)).includes('early.mp3'), false);
  });

  it('that cannot be spawned any more is an error, not the end of this process', async () => {
    // Answers the look-ups, then is taken away: the spawn itself fails.
    const vanishing = path.join(folder, 'vanishing');
    await writeFile(vanishing, `#!/bin/sh\nexec '${ffmpegPath}' "$@"\n`);
    await chmod(vanishing, 0o700);
    const output = path.join(folder, 'out.mp3');
    const job = {
      outputs: [output],
      build: (command: FfmpegCommand) =>
        command.input(fixturePath('voice.ogg')).output(output).outputOptions(['-c:a', 'libmp3lame']),
    };
    const limits = { signal: new AbortController().signal, timeoutMs: 60_000 };
    await runFfmpeg(vanishing, job, limits);
    await rm(vanishing);
    await assert.rejects(runFfmpeg(vanishing, job, limits), (error) => error instanceof FfmpegFailure);
  });

  it('dies with a worker that is killed', async function () {
    if (!canDieWithParent()) return this.skip();
    const script = `
      const { createFfmpegTools } = require(${JSON.stringify(path.join(__dirname, '../../core/media/ffmpeg'))});
      createFfmpegTools().cutSound(${JSON.stringify(longVideo)}, {
        keep: async () => undefined, signal: new AbortController().signal, timeoutMs: 60000, onProgress: () => console.log('working'),
      });`;
    const worker = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(worker.stdout, 'data');
    assert.equal((await processesWith(folder)).length, 1, 'it works');
    worker.kill('SIGKILL');
    await once(worker, 'close');
    await eventually('ffmpeg to end', async () => (await processesWith(folder)).length === 0);
  });

  it('has its old folders swept, and only those', async () => {
    const stale = await mkdtemp(path.join(tmpdir(), 'ventros-media-'));
    const orphan = await mkdtemp(path.join(tmpdir(), 'ventros-ffmpeg-999999999-'));
    const owned = await mkdtemp(path.join(tmpdir(), `ventros-ffmpeg-${process.pid}-`));
    const fresh = await mkdtemp(path.join(tmpdir(), 'ventros-media-'));
    const longAgo = new Date(Date.now() - 24 * 3600 * 1000);
    for (const one of [stale, orphan, owned]) await utimes(one, longAgo, longAgo);
    assert.ok((await sweepStaleWorkspaces()) >= 2);
    const left = await readdir(tmpdir());
    assert.deepEqual(
      [stale, orphan, fresh, owned].map((one) => left.includes(path.basename(one))),
      [false, false, true, true],
    );
  });
});

describe('looking for ffmpeg', () => {
  it('takes FFMPEG_PATH and says when that is wrong', async () => {
    const found = await createFfmpegTools().locate();
    assert.equal(await createFfmpegTools({ ffmpegPath: found }).locate(), found);
    await assert.rejects(createFfmpegTools({ ffmpegPath: '/no/such/ffmpeg' }).locate(), {
      code: 'PROVIDER_NOT_CONFIGURED',
      message: /FFMPEG_PATH/,
    });
  });

  it('falls back to the bundled build, with one warning', async () => {
    const warnings: string[] = [];
    const pathBefore = process.env['PATH'];
    process.env['PATH'] = path.join(tmpdir(), 'nothing-here');
    try {
      const tools = createFfmpegTools({ onWarning: (message) => warnings.push(message) });
      assert.match(await tools.locate(), /@ffmpeg-installer/);
      await tools.locate();
    } finally {
      process.env['PATH'] = pathBefore;
    }
    assert.equal(warnings.length, 1);
  });
});

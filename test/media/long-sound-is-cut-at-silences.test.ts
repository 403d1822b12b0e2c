import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createFfmpegTools, type CutPiece } from '../../core/media/ffmpeg';
import { identifyMedia } from '../../core/media/sniff';
import { cutAtSilences } from '../../core/media/sound-cuts';
import { fixturePath } from './fixtures';
import { recording } from './generated';

const tools = createFfmpegTools();
const signal = new AbortController().signal;

describe('long sound', () => {
  let folder: string;
  before(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'sound-test-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  async function cut(file: string) {
    const pieces: CutPiece[] = [];
    const result = await tools.cutSound(file, {
      signal,
      timeoutMs: 60_000,
      keep: async (one) => void pieces.push(one),
    });
    return { result, pieces };
  }

  it('of eleven minutes becomes two pieces, cut where nobody speaks', async () => {
    const { result, pieces } = await cut(await recording(folder, { seconds: 660, silences: [[400, 402]] }));
    assert.ok(Math.abs((result?.durationSeconds ?? 0) - 660) < 0.5);
    assert.equal(result?.isTruncated, false);
    assert.deepEqual(
      pieces.map(({ startSeconds }) => Math.round(startSeconds)),
      [0, 401],
    );
    for (const piece of pieces) {
      assert.equal((await identifyMedia(piece.bytes, null, null)).mimeType, 'audio/mpeg');
      const held = path.join(folder, 'piece.mp3');
      await writeFile(held, piece.bytes);
      const { durationSeconds } = await tools.probe(held, signal);
      assert.ok(Math.abs((durationSeconds ?? 0) - piece.lengthSeconds) < 0.5, 'as long as it says');
    }
  });

  it('that is not long is left whole', async () => {
    assert.deepEqual(await cut(fixturePath('voice.ogg')), { result: null, pieces: [] });
  });

  it('is cut at the limit where nobody pauses, and what is left of less than a second is dropped', () => {
    assert.deepEqual(cutAtSilences(25.5, [], 10), [
      { startSeconds: 0, lengthSeconds: 10 },
      { startSeconds: 10, lengthSeconds: 10 },
      { startSeconds: 20, lengthSeconds: 5.5 },
    ]);
    assert.equal(cutAtSilences(20.5, [], 10).length, 2);
  });

  it('is not cut into crumbs by a pause near the beginning', () => {
    const pauses = [1, 2, 8].map((at) => ({ startSeconds: at - 0.25, endSeconds: at + 0.25 }));
    assert.deepEqual(cutAtSilences(17, pauses, 10), [
      { startSeconds: 0, lengthSeconds: 8 },
      { startSeconds: 8, lengthSeconds: 9 },
    ]);
  });
});

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { composeSound, cutSound } from '../../core/enrichment/long-sound';
import { planEnrichment } from '../../core/enrichment/plan';
import { transcribe } from '../../core/enrichment/read-speech';
import { composeVideo, extractVideo } from '../../core/enrichment/read-video';
import { generated, recording } from '../media/generated';
import { attempt, newEnrichment, startBench, type Bench } from './support';

describe('a long recording is read in pieces', () => {
  let bench: Bench;
  let folder: string;
  let bytes: Buffer;
  before(async () => {
    bench = await startBench();
    folder = await mkdtemp(path.join(tmpdir(), 'long-sound-'));
    bytes = await readFile(await recording(folder, { seconds: 660, silences: [[400, 402]] }));
  });
  after(async () => {
    await bench.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const stored = (enrichmentId: string) =>
    bench.inTenant(async (tx) => ({
      row: await tx.messageEnrichment.findFirstOrThrow({ where: { id: enrichmentId } }),
      costs: await tx.aiCost.findMany({ where: { enrichmentId }, orderBy: { createdAt: 'asc' } }),
    }));

  it('each paid for by itself, joined with the times of the whole', async () => {
    const ref = await newEnrichment(bench, { bytes, mimeType: 'audio/wav', contentType: 'audio' });
    const plan = await planEnrichment(bench.deps, ref);
    assert.ok(plan.step === 'read' && plan.mayBeLong, 'it is looked into');
    const sound = await cutSound(bench.deps, ref, attempt());
    assert.deepEqual(
      sound.pieces.map(({ key, atSeconds }) => [key, Math.round(atSeconds)]),
      [
        ['piece-1', 0],
        ['piece-2', 401],
      ],
    );
    for (const part of sound.pieces) await transcribe(bench.deps, { ...ref, provider: 'groq', part }, attempt());
    await composeSound(bench.deps, { ...ref, sound, unread: [] });

    const { row, costs } = await stored(ref.enrichmentId);
    assert.equal(row.status, 'completed');
    assert.deepEqual(
      [...(row.extractedText ?? '').matchAll(/^\[([\d:]+)\] \S/gm)].map(([, mark]) => mark),
      ['00:00', '06:41'],
    );
    const { segments, degraded, durationSeconds } = row.metadata as unknown as {
      segments: { startSeconds: number; endSeconds: number }[];
      degraded: string[];
      durationSeconds: number;
    };
    assert.deepEqual([degraded, Math.round(durationSeconds)], [[], 660]);
    const starts = segments.map(({ startSeconds }) => startSeconds);
    assert.deepEqual(
      starts,
      starts.toSorted((a, b) => a - b),
      'in order of time',
    );
    assert.ok((segments.at(-1)?.endSeconds ?? 0) > 600, 'from the start of the recording');
    assert.equal(costs.length, 2, 'one row of the ledger each');
    const seconds = costs.reduce((sum, { usage }) => sum + ((usage as { audioSeconds?: number }).audioSeconds ?? 0), 0);
    assert.ok(Math.abs(seconds - 660) < 5, `paid for what was sent, and once: ${seconds} s`);
    assert.equal(
      Number(row.costMicros),
      costs.reduce((sum, { costMicros }) => sum + Number(costMicros), 0),
    );
  });

  it('a piece that is read already is not paid for again, and one that nobody reads is named', async () => {
    const ref = await newEnrichment(bench, { bytes, mimeType: 'audio/wav', contentType: 'audio' });
    const sound = await cutSound(bench.deps, ref, attempt());
    const part = sound.pieces[0]!;
    for (let times = 0; times < 2; times++)
      await transcribe(bench.deps, { ...ref, provider: 'openai', part }, attempt());
    await composeSound(bench.deps, { ...ref, sound, unread: ['piece-2'] });
    const { row, costs } = await stored(ref.enrichmentId);
    assert.equal(costs.length, 1);
    const { segments, degraded } = row.metadata as unknown as { segments: unknown[]; degraded: string[] };
    assert.deepEqual(degraded, ['piece-2']);
    // gpt-transcribe gives no times: the piece is one segment.
    assert.equal(segments.length, 1);
  });

  it('and the sound of a long video too, also when it ends long before the pictures', async () => {
    const pictures = ['-f', 'lavfi', '-i', 'color=red:s=64x64:r=1:d=660'];
    const sound = ['-f', 'lavfi', '-i', "aevalsrc='0.3*sin(440*2*PI*t)':s=16000:d=30"];
    const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
    const file = await readFile(await generated(folder, 'silent-end.mp4', [...pictures, ...sound, ...codecs]));
    const ref = await newEnrichment(bench, { bytes: file, mimeType: 'video/mp4', contentType: 'video' });
    const video = await extractVideo(bench.deps, ref, attempt());
    assert.equal(Math.round(video.durationSeconds), 660);
    assert.equal(video.sound, null);
    assert.deepEqual(
      video.pieces?.map(({ key, atSeconds, durationSeconds }) => [key, atSeconds, Math.round(durationSeconds ?? 0)]),
      [['piece-1', 0, 30]],
    );
    for (const part of video.pieces ?? []) await transcribe(bench.deps, { ...ref, provider: 'groq', part }, attempt());
    await composeVideo(bench.deps, { ...ref, video, unread: video.frames.map(({ key }) => key) });
    const { row } = await stored(ref.enrichmentId);
    assert.match(row.extractedText ?? '', /^Fala:\n\[00:00\] \S/);
    assert.equal((row.metadata as { hasSound?: boolean }).hasSound, true);
  });

  it('without a single piece there is no text', async () => {
    const ref = await newEnrichment(bench, { bytes, mimeType: 'audio/wav', contentType: 'audio' });
    const sound = { durationSeconds: 700, isTruncated: false, pieces: [] };
    await assert.rejects(composeSound(bench.deps, { ...ref, sound, unread: [] }), { code: 'PROVIDER_UNAVAILABLE' });
  });
});

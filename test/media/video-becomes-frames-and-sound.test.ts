import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { createFfmpegTools } from '../../core/media/ffmpeg';
import { parseProbe } from '../../core/media/ffmpeg/probe';
import { identifyMedia } from '../../core/media/sniff';
import { fixture, fixturePath } from './fixtures';
import { amrRecording } from './generated';

const tools = createFfmpegTools();
const signal = new AbortController().signal;
const limits = { signal, timeoutMs: 60_000 };

describe('a video', () => {
  let folder: string;
  let ffmpegPath: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'video-test-'));
    ffmpegPath = await tools.locate();
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const make = (name: string, ...options: string[]): string => {
    const file = path.join(folder, name);
    execFileSync(ffmpegPath, ['-hide_banner', '-loglevel', 'error', '-y', ...options, file]);
    return file;
  };

  it('without a picture and without a single sample of sound is corrupt', async () => {
    const sound = make('sound.mp4', '-f', 'lavfi', '-i', 'anullsrc=r=16000:cl=mono', '-t', '1', '-c:a', 'aac');
    const empty = make('empty.mp4', '-i', sound, '-t', '0', '-c', 'copy');
    await assert.rejects(tools.extractVideo(empty, { ...limits, maxFrames: 4 }), { code: 'MEDIA_CORRUPT' });
  });

  it('becomes frames at even distances and sound, and says that it lives', async () => {
    let heartbeats = 0;
    const video = await tools.extractVideo(fixturePath('video.mp4'), {
      ...limits,
      maxFrames: 5,
      onProgress: () => heartbeats++,
    });
    assert.deepEqual(
      video.frames.map((frame) => frame.atSeconds),
      [0.5, 1.5, 2.5, 3.5, 4.5],
    );
    assert.equal(video.durationSeconds, 5);
    assert.ok(heartbeats > 0);
    for (const frame of video.frames) {
      const { format, width } = await sharp(frame.bytes).metadata();
      assert.deepEqual([format, width, frame.mimeType], ['jpeg', 480, 'image/jpeg']);
    }
    assert.equal(
      new Set(video.frames.map((frame) => frame.bytes.toString('base64'))).size,
      5,
      'five different pictures',
    );
    assert.equal(video.audio?.mimeType, 'audio/mpeg');
    assert.equal((await identifyMedia(video.audio.bytes, 'audio/mpeg', null)).kind, 'audio');
  });

  it('without sound gives its frames and no audio', async () => {
    const video = await tools.extractVideo(fixturePath('video-silent.mp4'), { ...limits, maxFrames: 3 });
    assert.equal(video.frames.length, 3);
    assert.equal(video.audio, null);
  });

  it('of one frame gives one frame', async () => {
    const file = make('one.mp4', '-i', fixturePath('video-silent.mp4'), '-frames:v', '1', '-c:v', 'libx264');
    const video = await tools.extractVideo(file, { ...limits, maxFrames: 8 });
    assert.equal(video.frames.length, 1);
  });

  it('that is wide is scaled to 1024 pixels', async () => {
    const file = make(
      'wide.mp4',
      '-i',
      fixturePath('video-silent.mp4'),
      '-vf',
      'scale=1920:1080',
      '-frames:v',
      '5',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
    );
    const video = await tools.extractVideo(file, { ...limits, maxFrames: 1 });
    const { width, height } = await sharp(video.frames[0]!.bytes).metadata();
    assert.deepEqual([width, height], [1024, 576]);
  });

  it('with sound only gives sound and no frames', async () => {
    const file = make('sound.mp4', '-i', fixturePath('video.mp4'), '-vn', '-c:a', 'copy');
    const video = await tools.extractVideo(file, { ...limits, maxFrames: 4 });
    assert.equal(video.frames.length, 0);
    assert.ok(video.audio !== null && video.audio.bytes.length > 5000);
  });

  it('that is long is sought in, with the same even distances', async () => {
    const file = make('long.mp4', '-stream_loop', '29', '-i', fixturePath('video.mp4'), '-c', 'copy');
    const video = await tools.extractVideo(file, { ...limits, maxFrames: 4 });
    assert.equal(video.frames.length, 4);
    const step = video.durationSeconds / 4;
    video.frames.forEach((frame, index) => assert.ok(Math.abs(frame.atSeconds - (index + 0.5) * step) < 0.02));
    assert.ok(video.audio !== null && video.audio.bytes.length > 500_000);
  });

  it('of several scenes gives a picture of each', async () => {
    const scene = (colour: string, seconds: number) => [
      '-f',
      'lavfi',
      '-t',
      String(seconds),
      '-i',
      `color=${colour}:s=160x120:r=10`,
    ];
    const file = make(
      'scenes.mp4',
      ...[...scene('red', 1), ...scene('white', 1), ...scene('blue', 18)],
      ...['-filter_complex', '[0][1][2]concat=n=3', '-c:v', 'libx264', '-pix_fmt', 'yuv420p'],
    );
    const video = await tools.extractVideo(file, { ...limits, maxFrames: 4 });
    // At even distances three of four would show the last one.
    assert.deepEqual(
      video.frames.map(({ atSeconds }) => Math.round(atSeconds * 10) / 10),
      [0.5, 1.5, 6.5, 15.5],
    );
  });

  it('whose index promises years is read as far as it goes', async () => {
    const bytes = Buffer.from(await fixture('video.mp4'));
    for (const [box, offset] of [
      ['mvhd', 20],
      ['tkhd', 24],
      ['mdhd', 20],
    ] as const) {
      for (let at = bytes.indexOf(box); at >= 0; at = bytes.indexOf(box, at + 4))
        bytes.writeUInt32BE(0x7ffffff0, at + offset);
    }
    const file = path.join(folder, 'years.mp4');
    await writeFile(file, bytes);
    const video = await tools.extractVideo(file, { ...limits, maxFrames: 4 });
    assert.ok(video.frames.length > 0);
  });

  it('is not called corrupt when a picture of it cannot be read from our disk', async () => {
    // A disk that fails cannot be made here; a link to itself cannot be read either.
    const failing = path.join(folder, 'failing-ffmpeg');
    const script = `#!/bin/sh\nfor last; do :; done\ncase "$last" in */frame.jpg) ln -s "$last" "$last";; *) exec '${ffmpegPath}' "$@";; esac\n`;
    await writeFile(failing, script, { mode: 0o700 });
    const work = createFfmpegTools({ ffmpegPath: failing }).extractVideo(fixturePath('video.mp4'), {
      ...limits,
      maxFrames: 1,
    });
    await assert.rejects(work, { code: 'ELOOP' });
  });

  it('that is cut short or no video at all is corrupt', async () => {
    const whole = await fixture('video.mp4');
    const withoutPictures = Buffer.from(whole);
    withoutPictures.fill(0, withoutPictures.indexOf('mdat') + 4);
    const files = {
      cut: whole.subarray(0, 300),
      noise: Buffer.alloc(5000, 7),
      text: Buffer.from('#EXTM3U\nfile:///etc/passwd\n'),
      withoutPictures,
    };
    for (const [name, bytes] of Object.entries(files)) {
      const file = path.join(folder, name);
      await writeFile(file, bytes);
      await assert.rejects(tools.extractVideo(file, { ...limits, maxFrames: 4 }), { code: 'MEDIA_CORRUPT' }, name);
    }
  });

  it('that is a playlist opens no other file', async () => {
    const file = path.join(folder, 'list.m3u8');
    const target = fixturePath('video.mp4');
    await writeFile(file, `#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n${target}\n#EXT-X-ENDLIST\n`);
    await assert.rejects(tools.extractVideo(file, { ...limits, maxFrames: 1 }), { code: 'MEDIA_CORRUPT' });
    const concat = path.join(folder, 'concat');
    await writeFile(concat, `ffconcat version 1.0\nfile ${target}\n`);
    await assert.rejects(tools.extractVideo(concat, { ...limits, maxFrames: 1 }), { code: 'MEDIA_CORRUPT' });
  });
});

describe('audio for a speech provider', () => {
  it('passes through untouched when it is taken as it is', async () => {
    const voice = await fixture('voice.ogg');
    for (const [mimeType, expected, fileName] of [
      ['audio/ogg; codecs=opus', 'audio/ogg', 'audio.ogg'],
      ['audio/mp3', 'audio/mpeg', 'audio.mp3'],
      ['audio/x-m4a', 'audio/mp4', 'audio.m4a'],
      ['audio/x-wav', 'audio/wav', 'audio.wav'],
    ] as const) {
      const speech = await tools.toSpeechAudio(voice, mimeType, limits);
      assert.equal(speech.bytes, voice, 'the very same buffer');
      assert.deepEqual([speech.mimeType, speech.fileName], [expected, fileName]);
    }
  });

  it('is converted from AAC', async () => {
    const speech = await tools.toSpeechAudio(await fixture('voice.aac'), 'audio/aac', limits);
    assert.deepEqual([speech.mimeType, speech.fileName], ['audio/mpeg', 'audio.mp3']);
    assert.equal((await identifyMedia(speech.bytes, null, null)).mimeType, 'audio/mpeg');
  });

  it('is converted from AMR, as old phones make it', async () => {
    const amr = amrRecording(2);
    const { mimeType } = await identifyMedia(amr, 'audio/amr', null);
    const speech = await tools.toSpeechAudio(amr, mimeType, limits);
    assert.deepEqual([mimeType, speech.mimeType, speech.fileName], ['audio/amr', 'audio/mpeg', 'audio.mp3']);
    assert.equal((await identifyMedia(speech.bytes, null, null)).mimeType, 'audio/mpeg');
  });

  it('is made smaller when it is over what providers take', async () => {
    // 16 kHz mono for fifteen minutes: 28.8 MB.
    const samples = Buffer.alloc(16_000 * 2 * 900);
    const header = Buffer.alloc(44);
    header.write('RIFF', 0, 'latin1');
    header.writeUInt32LE(36 + samples.length, 4);
    header.write('WAVEfmt ', 8, 'latin1');
    header.writeUInt32LE(16, 16);
    header.writeUInt16LE(1, 20);
    header.writeUInt16LE(1, 22);
    header.writeUInt32LE(16_000, 24);
    header.writeUInt32LE(32_000, 28);
    header.writeUInt16LE(2, 32);
    header.writeUInt16LE(16, 34);
    header.write('data', 36, 'latin1');
    header.writeUInt32LE(samples.length, 40);
    const speech = await tools.toSpeechAudio(Buffer.concat([header, samples]), 'audio/wav', limits);
    assert.equal(speech.mimeType, 'audio/mpeg');
    assert.ok(speech.bytes.length < 25_000_000, String(speech.bytes.length));
  });

  it('is corrupt when it cannot be decoded, or is silent film', async () => {
    await assert.rejects(tools.toSpeechAudio(Buffer.alloc(500, 9), 'audio/amr', limits), { code: 'MEDIA_CORRUPT' });
    await assert.rejects(tools.toSpeechAudio(await fixture('video-silent.mp4'), 'video/mp4', limits), {
      code: 'MEDIA_CORRUPT',
    });
  });
});

describe('what ffmpeg prints about a file', () => {
  it('is understood', () => {
    const text = [
      '  Duration: 01:02:03.45, start: 0.000000, bitrate: 77 kb/s',
      '  Stream #0:0[0x1](und): Video: h264 (High) (avc1 / 0x31637661), yuv420p, 480x480, 20 kb/s, 29.97 fps, 10 tbr',
      '  Stream #0:1: Audio: aac (LC), 22050 Hz, mono',
    ].join('\n');
    assert.deepEqual(parseProbe(text), {
      durationSeconds: 3723.45,
      isDurationGuessed: false,
      hasVideo: true,
      hasAudio: true,
      framesPerSecond: 29.97,
    });
  });

  it('counts no cover picture as video and no missing duration as zero', () => {
    const text = [
      '  Duration: N/A, start: 0.000000, bitrate: N/A',
      '  Stream #0:0: Audio: mp3, 44100 Hz, stereo',
      '  Stream #0:1: Video: mjpeg (Baseline), yuvj420p, 500x500, 90k tbr (attached pic)',
    ].join('\n');
    assert.deepEqual(parseProbe(text), {
      durationSeconds: null,
      isDurationGuessed: false,
      hasVideo: false,
      hasAudio: true,
      framesPerSecond: null,
    });
  });
});

import assert from 'node:assert/strict';
import sharp from 'sharp';
import { runMediaChild } from '../../core/media/child/run';
import { prepareImage } from '../../core/media/image';
import { readImageHeader } from '../../core/media/image-header';
import { identifyMedia } from '../../core/media/sniff';
import { blackPng, fixture } from './fixtures';

const MEBIBYTE = 1024 * 1024;

describe('an image for a vision model', () => {
  it('passes through untouched when it is fit', async () => {
    const photo = await fixture('photo.jpg');
    const prepared = await prepareImage(photo);
    assert.equal(prepared.bytes, photo, 'the very same buffer');
    assert.deepEqual([prepared.mimeType, prepared.width, prepared.height], ['image/jpeg', 960, 720]);
  });

  it('is made smaller when it is large, and turned upright', async () => {
    const large = await sharp({ create: { width: 3000, height: 1500, channels: 3, background: '#a33' } })
      .jpeg()
      .withMetadata({ orientation: 6 })
      .toBuffer();
    const prepared = await prepareImage(large);
    assert.deepEqual([prepared.mimeType, prepared.width, prepared.height], ['image/jpeg', 1024, 2048]);
  });

  it('is a sheet of frames of an animated sticker, in one picture', async () => {
    const prepared = await prepareImage(await fixture('sticker.webp'));
    assert.deepEqual(
      [prepared.mimeType, prepared.width, prepared.height, prepared.frames],
      ['image/jpeg', 512, 512, 4],
    );
    assert.equal(readImageHeader(prepared.bytes)?.isAnimated, false);
  });

  it('shows an animated GIF from its beginning to its end', async () => {
    const frames = ['#ff0000', '#00ff00', '#0000ff'].map((background) => ({
      create: { width: 40, height: 30, channels: 3 as const, background },
    }));
    const gif = await sharp(await Promise.all(frames.map((frame) => sharp(frame).png().toBuffer())), {
      join: { animated: true },
    })
      .gif()
      .toBuffer();
    const prepared = await prepareImage(gif);
    assert.deepEqual([prepared.width, prepared.height, prepared.frames], [80, 60, 3]);
    const { data } = await sharp(prepared.bytes).raw().toBuffer({ resolveWithObject: true });
    const brightest = (x: number, y: number) => {
      const at = (y * 80 + x) * 3;
      return data.subarray(at, at + 3).indexOf(Math.max(...data.subarray(at, at + 3)));
    };
    assert.deepEqual([brightest(20, 15), brightest(60, 15), brightest(20, 45)], [0, 1, 2], 'red, green, blue');
  });

  it('is converted from HEIC, as phones make it', async () => {
    const heic = await fixture('photo.heic');
    assert.equal((await identifyMedia(heic, 'image/heic', null)).kind, 'image');
    const prepared = await prepareImage(heic);
    assert.deepEqual([prepared.mimeType, prepared.width, prepared.height], ['image/jpeg', 240, 180]);
    const { channels } = await sharp(prepared.bytes).stats();
    assert.ok(
      channels.every(({ stdev }) => stdev > 10),
      'a photo and no empty surface',
    );
  });

  it('is converted from GIF and AVIF', async () => {
    const photo = sharp(await fixture('photo.jpg')).resize(200);
    for (const bytes of [await photo.clone().gif().toBuffer(), await photo.clone().avif().toBuffer()]) {
      const prepared = await prepareImage(bytes);
      assert.deepEqual([prepared.width, prepared.height], [200, 150]);
    }
  });

  it('is read the same by our header reader and by libvips, for every kind of WebP', async () => {
    const photo = sharp(await fixture('photo.jpg')).resize(333, 221);
    const kinds = [
      await photo.clone().webp().toBuffer(),
      await photo.clone().webp({ lossless: true }).toBuffer(),
      await photo.clone().ensureAlpha(0.5).webp().toBuffer(),
      await photo.clone().png().toBuffer(),
      await photo.clone().jpeg({ progressive: true }).toBuffer(),
    ];
    for (const bytes of kinds) {
      const header = readImageHeader(bytes);
      assert.deepEqual([header?.width, header?.height, header?.isComplete], [333, 221, true]);
    }
  });
});

describe('a hostile image', () => {
  it('that is HEIC in name only, or cut short, is corrupt', async () => {
    const heic = await fixture('photo.heic');
    await assert.rejects(prepareImage(heic.subarray(0, 600)), { code: 'MEDIA_CORRUPT' });
    const noise = Buffer.concat([heic.subarray(0, 300), Buffer.alloc(3000, 7)]);
    await assert.rejects(prepareImage(noise), { code: 'MEDIA_CORRUPT' });
  });

  it('of 100 megapixels is refused without decoding it', async () => {
    const bomb = blackPng(10_000, 10_000);
    assert.ok(bomb.length < 100_000, 'small on the wire');
    const rssBefore = process.memoryUsage().rss;
    for (let i = 0; i < 20; i++) await assert.rejects(prepareImage(bomb), { code: 'IMAGE_TOO_MANY_PIXELS' });
    const grownMiB = (process.memoryUsage().rss - rssBefore) / MEBIBYTE;
    assert.ok(grownMiB < 30, `memory grew by ${grownMiB.toFixed(1)} MiB`);
  });

  it('that claims the largest size there is, is refused too', () =>
    assert.rejects(prepareImage(blackPngHeader(0xffffffff, 0xffffffff)), { code: 'IMAGE_TOO_MANY_PIXELS' }));

  it('just under the limit is made smaller without growing this process', async () => {
    const large = blackPng(7000, 7000);
    const rssBefore = process.memoryUsage().rss;
    const prepared = await prepareImage(large);
    const grownMiB = (process.memoryUsage().rss - rssBefore) / MEBIBYTE;
    assert.deepEqual([prepared.width, prepared.height], [2048, 2048]);
    assert.ok(grownMiB < 60, `memory grew by ${grownMiB.toFixed(1)} MiB`);
  });

  it('of many pixels in a format without a cheap header is refused in the child', async () => {
    const gif = Buffer.concat([Buffer.from('GIF89a'), Buffer.from([0x10, 0x27, 0x10, 0x27, 0, 0, 0]), tinyGifBody()]);
    await assert.rejects(prepareImage(gif), { code: 'IMAGE_TOO_MANY_PIXELS' });
  });

  it('cut short or with a damaged header is corrupt', async () => {
    const photo = await fixture('photo.jpg');
    for (const bytes of [
      photo.subarray(0, 100),
      photo.subarray(0, photo.length / 2),
      blackPng(10, 10).subarray(0, 20),
      blackPng(0, 10),
      Buffer.from('RIFF\0\0\0\0WEBP'),
      Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(100)]),
    ]) {
      await assert.rejects(prepareImage(bytes), { code: 'MEDIA_CORRUPT' });
    }
  });

  it('of a format that needs another decoder is unsupported, not decoded', async () => {
    const tiff = await sharp(await fixture('photo.jpg'))
      .tiff()
      .toBuffer();
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>');
    for (const bytes of [tiff, svg]) await assert.rejects(prepareImage(bytes), { code: 'MEDIA_UNSUPPORTED' });
  });
});

describe('the process that decodes', () => {
  const limits = { timeoutMs: 60_000, maxHeapMb: 128, maxRssMb: 512, maxOutputBytes: 32 * MEBIBYTE };

  it('is killed when it takes too much memory', async () => {
    const work = runMediaChild('convert-image', blackPng(7000, 7000), { ...limits, maxRssMb: 30 });
    await assert.rejects(work, { code: 'MEDIA_CORRUPT', details: { limit: 'memory' } });
  });

  it('is killed when it answers too much', async () => {
    const work = runMediaChild('convert-image', await fixture('sticker.webp'), { ...limits, maxOutputBytes: 10 });
    await assert.rejects(work, { code: 'MEDIA_CORRUPT', details: { limit: 'output' } });
  });

  it('is killed when its time is up, or its caller aborts', async () => {
    const image = await fixture('sticker.webp');
    await assert.rejects(runMediaChild('convert-image', image, { ...limits, timeoutMs: 5 }), { code: 'TIMEOUT' });
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const work = runMediaChild('convert-image', image, { ...limits, signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(work, reason);
  });
});

function blackPngHeader(width: number, height: number): Buffer {
  const bytes = blackPng(8, 8);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}

/** One image descriptor of 10,000 x 10,000 with an empty body. */
function tinyGifBody(): Buffer {
  return Buffer.from([0x2c, 0, 0, 0, 0, 0x10, 0x27, 0x10, 0x27, 0x80, 0, 0, 0, 255, 255, 255, 2, 2, 0x44, 1, 0, 0x3b]);
}

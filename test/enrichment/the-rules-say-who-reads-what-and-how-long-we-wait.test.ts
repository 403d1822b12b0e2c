import assert from 'node:assert/strict';
import { deferralMs, isFileFault, isWorthWaiting, priorityKey, readingKind } from '../../core/enrichment/rules';
import { kindOf } from '../../core/media/mime';
import { ERROR_TABLE, type ErrorCode } from '../../core/errors';

const codes = Object.keys(ERROR_TABLE) as ErrorCode[];

describe('the rules say who reads what and how long we wait', () => {
  const KINDS: [mimeType: string, kind: string, reading: string | null][] = [
    ['image/webp', 'image', 'image'],
    ['audio/ogg', 'audio', 'speech'],
    ['video/mp4', 'video', 'video'],
    ['application/pdf', 'document', 'document'],
    ['application/msword', 'document', 'document'],
    ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'document', 'document'],
    ['application/vnd.oasis.opendocument.text', 'document', 'document'],
    ['text/plain', 'text', null],
    ['application/zip', 'unsupported', null],
    ['application/x-msdownload', 'unsupported', null],
    ['', 'unsupported', null],
  ];
  for (const [mimeType, kind, reading] of KINDS) {
    it(`takes ${mimeType || 'no type'} for ${kind}`, () => {
      assert.equal(kindOf(mimeType), kind);
      assert.equal(readingKind(kindOf(mimeType)), reading);
    });
  }

  it('never waits for a file that is itself the trouble', () => {
    for (const code of codes.filter(isFileFault)) assert.equal(isWorthWaiting([code]), false, code);
  });

  it('waits for everything that the table retries while reading a medium', () => {
    for (const code of codes.filter((name) => /^(PROVIDER_|MEDIA_)/.test(name))) {
      if (ERROR_TABLE[code].retry === 'transient') assert.equal(isWorthWaiting([code]), true, code);
    }
  });

  it('waits when one provider of the chain may come back, and not when all refused the content', () => {
    assert.equal(isWorthWaiting(['CONTENT_BLOCKED', 'PROVIDER_UNAVAILABLE']), true);
    assert.equal(isWorthWaiting(['CONTENT_BLOCKED', 'MODEL_OUTPUT_INVALID']), false);
    assert.equal(isWorthWaiting([]), false);
  });

  it('waits longer from round to round, repeats the last wait, and never passes the time to give up', () => {
    const waitsMs = [10, 20, 40];
    const code = 'PROVIDER_UNAVAILABLE';
    assert.deepEqual(
      [0, 1, 2, 3, 9].map((round) => deferralMs(waitsMs, { code, round, waitedMs: 0, giveUpMs: 1_000 })),
      [10, 20, 40, 40, 40],
    );
    assert.equal(deferralMs(waitsMs, { code, round: 2, waitedMs: 60, giveUpMs: 100 }), 40);
    assert.equal(deferralMs(waitsMs, { code, round: 2, waitedMs: 61, giveUpMs: 100 }), null);
    let waitedMs = 0;
    for (let round = 0; ; round++) {
      const waitMs = deferralMs(waitsMs, { code, round, waitedMs, giveUpMs: 1_000 });
      if (waitMs === null) break;
      waitedMs += waitMs;
    }
    assert.ok(waitedMs > 900 && waitedMs <= 1_000);
  });

  it('waits the first time each time for our own database, which is back before a provider would be', () => {
    const waits = [0, 1, 2, 9].map((round) =>
      deferralMs([10, 20, 40], { code: 'DATABASE_ERROR', round, waitedMs: 0, giveUpMs: 1_000 }),
    );
    assert.deepEqual(waits, [10, 10, 10, 10]);
  });

  it('serves a voice before a photo before a video', () => {
    const keys = [10, 7, 5, 3].map(priorityKey);
    assert.deepEqual(keys, [...keys].sort());
    assert.ok(keys.every((key) => key >= 1 && key <= 5));
  });
});

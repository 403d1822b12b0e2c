import assert from 'node:assert/strict';
import { isAppError } from '../../core/errors';
import { costMicros, isMeasured, type Price } from '../../core/money/prices';
import { loadPrices } from '../../core/money/price-table';
import { tokenUpperBound } from '../../core/money/token-bound';

const price = (of: Partial<Price>): Price => ({ provider: 'p', model: 'm', source: 'test', ...of });

describe('prices are exact to the micro-dollar', () => {
  it('rounds up once at the end, not for every part', () => {
    const tokens = price({ inputPerMillionTokens: 100_000, outputPerMillionTokens: 500_000 });
    assert.equal(costMicros(tokens, { inputTokens: 1, outputTokens: 1 }), 1);
    assert.equal(costMicros(tokens, { inputTokens: 7, outputTokens: 1 }), 2);
    assert.equal(costMicros(tokens, {}), 0);
  });

  it('does not round an exact amount up because of a division', () => {
    const tokens = price({ inputPerMillionTokens: 300_000 });
    // 0.3 × 10 is 3.0000000000000004 in some orders of operations.
    for (let tens = 1; tens <= 2_000; tens++) assert.equal(costMicros(tokens, { inputTokens: tens * 10 }), tens * 3);
  });

  it('bills cached tokens at their own price, and as ordinary ones where there is none', () => {
    const usage = { inputTokens: 1_000_000, cachedInputTokens: 400_000 };
    assert.equal(
      costMicros(price({ inputPerMillionTokens: 100_000, cachedInputPerMillionTokens: 10_000 }), usage),
      64_000,
    );
    assert.equal(costMicros(price({ inputPerMillionTokens: 100_000 }), usage), 100_000);
  });

  it('never gives money back when more tokens are said to be cached than there were', () => {
    const tokens = price({ inputPerMillionTokens: 100_000, cachedInputPerMillionTokens: 0 });
    assert.equal(costMicros(tokens, { inputTokens: 10, cachedInputTokens: 1_000_000 }), 0);
  });

  it('bills short audio as the least the provider bills, and no audio not at all', () => {
    const speech = price({ perAudioHour: 40_000, leastAudioSeconds: 10 });
    assert.equal(costMicros(speech, { audioSeconds: 0.4 }), 112);
    assert.equal(costMicros(speech, { audioSeconds: 0 }), 112);
    assert.equal(costMicros(speech, { audioSeconds: 3600 }), 40_000);
    assert.equal(costMicros(speech, {}), 0);
  });

  it('bills pages by the page', () => {
    assert.equal(costMicros(price({ perPage: 1_250 }), { pages: 3 }), 3_750);
  });

  it('refuses a model without a price instead of taking it for free', () => {
    const prices = loadPrices();
    assert.throws(
      () => prices.priceOf('openai', 'gpt-from-tomorrow'),
      (error) => isAppError(error, 'PRICE_UNKNOWN'),
    );
    assert.equal(costMicros(prices.priceOf('local', 'local-hash-768-v1'), { inputTokens: 1e9 }), 0);
  });

  it('tells a usage that holds what is paid for from one that does not', () => {
    const tokens = price({ inputPerMillionTokens: 1 });
    assert.equal(isMeasured(tokens, { inputTokens: 1 }), true);
    assert.equal(isMeasured(tokens, { inputTokens: 0, images: 1 }), false);
    const speech = price({ perAudioHour: 1 });
    assert.equal(isMeasured(speech, { audioSeconds: 0 }), true);
    assert.equal(isMeasured(speech, { inputTokens: 100, outputTokens: 5 }), false);
    assert.equal(isMeasured(price({ perPage: 1 }), { pages: 0 }), true);
    assert.equal(isMeasured(price({ perPage: 1 }), {}), false);
    assert.equal(isMeasured(price({ free: true }), {}), true);
  });

  it('reserves more tokens than any text has', () => {
    // Eleven UTF-16 units, 25 bytes: a byte-level tokenizer that knows no emoji makes 25 tokens of it.
    const family = '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}';
    assert.ok(tokenUpperBound(family) >= 25);
    assert.ok(tokenUpperBound('') > 0);
  });
});

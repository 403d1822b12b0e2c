import assert from 'node:assert/strict';
import { billOf } from '../../core/money/billing-of-failures';
import { createProviders } from '../../core/providers/create-providers';
import type { Providers } from '../../core/providers/registry';
import { startSimulator, type Simulator } from '../../simulator/index';
import { assertFailsWith, callOptions, CHAT, configFor, IMAGE } from './support';

describe('blocked content is told apart', () => {
  let simulator: Simulator;
  let providers: Providers;

  before(async () => {
    simulator = await startSimulator();
    providers = createProviders(configFor(simulator.urls));
  });
  beforeEach(() => simulator.reset());
  after(() => simulator.stop());

  const see = () => providers.vision.get('vertex')!.describe(IMAGE, callOptions());
  const talk = () => providers.language.get('openai')!.complete(CHAT, callOptions());
  const answer = (provider: 'vertex' | 'openai', body: unknown) =>
    simulator.fault(provider, { kind: 'status', status: 200, body }, { times: 1 });

  it('a blocked prompt, which is HTTP 200, says why and what it cost', async () => {
    simulator.fault('vertex', { kind: 'block' });
    const error = await assertFailsWith(see(), 'CONTENT_BLOCKED');
    assert.equal(error.details['reason'], 'PROHIBITED_CONTENT');
    const [billed] = simulator.invoice('vertex');
    assert.deepEqual(error.details['usage'], {
      inputTokens: billed?.inputTokens,
      cachedInputTokens: billed?.cachedInputTokens,
      outputTokens: billed?.outputTokens,
      images: 1,
    });
    assert.deepEqual(error.details['requestIds'], [billed?.requestId]);
  });

  it('an answer stopped for safety, without content, is blocked', async () => {
    simulator.fault('vertex', { kind: 'refusal' });
    assert.equal((await assertFailsWith(see(), 'CONTENT_BLOCKED')).details['reason'], 'SAFETY');
  });

  it('a block that does not say what it cost is neither free nor spent until an invoice says', async () => {
    answer('vertex', { promptFeedback: { blockReason: 'OTHER' } });
    assert.deepEqual(billOf(await assertFailsWith(see(), 'CONTENT_BLOCKED')), { kind: 'unknown' });
  });

  it('no candidates and no reason is no block: another try may be answered', async () => {
    answer('vertex', { candidates: [], usageMetadata: { promptTokenCount: 9 } });
    const error = await assertFailsWith(see(), 'PROVIDER_UNAVAILABLE');
    assert.equal(billOf(error).kind, 'billed');
    answer('vertex', { ok: true });
    assert.deepEqual(billOf(await assertFailsWith(see(), 'PROVIDER_UNAVAILABLE')), { kind: 'unknown' });
  });

  it('a description cut at the token limit is kept', async () => {
    answer('vertex', {
      candidates: [
        {
          content: {
            role: 'model',
            parts: [{ text: 'pensando', thought: true }, { text: 'Uma geladeira ' }, { text: 'branca' }],
          },
          finishReason: 'MAX_TOKENS',
        },
      ],
      usageMetadata: {
        promptTokenCount: 1125,
        cachedContentTokenCount: 100,
        candidatesTokenCount: 40,
        thoughtsTokenCount: 7,
      },
    });
    const { text, usage } = await see();
    assert.equal(text, 'Uma geladeira branca');
    assert.deepEqual(usage, { inputTokens: 1125, cachedInputTokens: 100, outputTokens: 47, images: 1 });
  });

  it('a finished answer without text is no answer', async () => {
    answer('vertex', { candidates: [{ content: { parts: [] }, finishReason: 'STOP' }] });
    await assertFailsWith(see(), 'MODEL_OUTPUT_INVALID');
    answer('vertex', { candidates: [{ finishReason: 'MALFORMED_RESPONSE' }] });
    await assertFailsWith(see(), 'MODEL_OUTPUT_INVALID');
  });

  it('a model that refuses is blocked, with what it cost', async () => {
    simulator.fault('openai', { kind: 'refusal' });
    const error = await assertFailsWith(talk(), 'CONTENT_BLOCKED');
    assert.equal(error.details['reason'], 'refusal');
    assert.equal(
      (error.details['usage'] as { inputTokens: number }).inputTokens,
      simulator.invoice('openai')[0]?.inputTokens,
    );
  });

  for (const finishReason of ['length', 'content_filter'] as const) {
    it(`an answer that ended by ${finishReason} is returned as such`, async () => {
      simulator.script({ language: { replies: [{ text: 'Temos em est', finishReason }] } });
      const reply = await talk();
      assert.equal(reply.finishReason, finishReason);
      assert.equal(reply.text, 'Temos em est');
    });
  }

  it('an end that only compatible servers know is an ordinary end', async () => {
    answer('openai', { choices: [{ message: { content: 'Oi!' }, finish_reason: 'eos' }] });
    const reply = await talk();
    assert.equal(reply.finishReason, 'stop');
    assert.deepEqual(reply.usage, { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 });
  });
});

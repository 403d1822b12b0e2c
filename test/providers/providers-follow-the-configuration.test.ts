import assert from 'node:assert/strict';
import { checkProviders } from '../../core/providers/check';
import { createProviders } from '../../core/providers/create-providers';
import { unconfigured } from '../../core/providers/requirements';
import { parseRetryAfterMs } from '../../core/providers/retry-after';
import { retiredModel, startSimulator, unauthorized, type Simulator } from '../../simulator/index';
import { callOptions, configFor, failureOf } from './support';

const NO_KEYS = {
  VERTEX_PROJECT: '',
  GROQ_API_KEY: '',
  GROQ_BASE_URL: '',
  OPENAI_API_KEY: '',
  OPENAI_BASE_URL: '',
  LLAMA_CLOUD_API_KEY: '',
  LLAMA_CLOUD_BASE_URL: '',
};

describe('providers follow the configuration', () => {
  let simulator: Simulator;

  before(async () => {
    simulator = await startSimulator();
  });
  beforeEach(() => simulator.reset());
  after(() => simulator.stop());

  it('chains keep their order', () => {
    const { chains } = createProviders(configFor(simulator.urls, { SPEECH_CHAIN: 'openai,groq' }));
    assert.deepEqual(chains, {
      vision: ['vertex'],
      speech: ['openai', 'groq'],
      documents: ['llamaparse', 'pdf_text'],
      language: ['openai'],
    });
  });

  it('without keys only what runs here is left, and the rest is listed with what to set', () => {
    const config = configFor(simulator.urls, NO_KEYS);
    const { chains, embeddings } = createProviders(config);
    assert.deepEqual(chains, { vision: [], speech: [], documents: ['pdf_text'], language: [] });
    assert.equal(embeddings.name, 'local');
    assert.deepEqual(
      unconfigured(config).map(({ kind, name, advice }) => [kind, name, advice]),
      [
        ['vision', 'vertex', 'Set VERTEX_PROJECT.'],
        ['speech', 'groq', 'Set GROQ_API_KEY or GROQ_BASE_URL.'],
        ['speech', 'openai', 'Set OPENAI_API_KEY or OPENAI_BASE_URL.'],
        ['documents', 'llamaparse', 'Set LLAMA_CLOUD_API_KEY or LLAMA_CLOUD_BASE_URL.'],
        ['language', 'openai', 'Set OPENAI_API_KEY or OPENAI_BASE_URL.'],
      ],
    );
  });

  it('a name that nothing answers to is listed', () => {
    const [problem] = unconfigured(configFor(simulator.urls, { VISION_CHAIN: 'vertx' }));
    assert.deepEqual([problem?.kind, problem?.name], ['vision', 'vertx']);
  });

  it('an embedding provider without configuration stops the start: there is no other space to fall back to', async () => {
    const config = configFor(simulator.urls, { ...NO_KEYS, EMBEDDINGS_PROVIDER: 'vertex' });
    const error = await failureOf(Promise.resolve().then(() => createProviders(config)));
    assert.equal(error.code, 'PROVIDER_NOT_CONFIGURED');
  });

  it("a server of one's own needs no key", async () => {
    const config = configFor(simulator.urls, { OPENAI_API_KEY: '' });
    const reply = await createProviders(config)
      .language.get('openai')!
      .complete({ system: 's', messages: [{ role: 'user', content: 'Oi' }], maxOutputTokens: 9 }, callOptions());
    assert.ok(reply.text !== '');
  });

  it('the check finds everything well, and nothing of it is billed', async () => {
    const checks = await checkProviders(configFor(simulator.urls));
    assert.deepEqual(
      checks.map(({ kind, name, model, status }) => [kind, name, model, status]),
      [
        ['vision', 'vertex', 'gemini-3.5-flash-lite', 'ok'],
        ['vision', 'vertex', 'gemini-3.1-flash-lite', 'ok'],
        ['speech', 'groq', 'whisper-large-v3-turbo', 'ok'],
        ['speech', 'openai', 'gpt-transcribe', 'ok'],
        ['documents', 'llamaparse', 'cost_effective', 'ok'],
        ['documents', 'pdf_text', 'pdf-text-layer', 'ok'],
        ['language', 'openai', 'gpt-6-luna', 'ok'],
        ['embeddings', 'local', 'local-hash-768-v1', 'ok'],
        ['rerank', 'jina', 'jina-reranker-v2-base-multilingual', 'ok'],
      ],
    );
    assert.deepEqual(simulator.invoice(), []);
  });

  it('the check says what to do about a refused key, a retired model and a dead address', async () => {
    simulator.fault('groq', unauthorized('groq'));
    simulator.fault('vertex', retiredModel('vertex', 'gemini-3.5-flash-lite'));
    const checks = await checkProviders(
      configFor({ ...simulator.urls, llamaparse: 'http://127.0.0.1:1' }, { OPENAI_LANGUAGE_MODEL: 'gpt-1' }),
    );
    const adviceOf = (kind: string, name: string) =>
      checks.find((one) => one.kind === kind && one.name === name)?.advice;
    assert.match(adviceOf('speech', 'groq') ?? '', /GROQ_API_KEY/);
    assert.match(adviceOf('vision', 'vertex') ?? '', /^Set VERTEX_VISION_MODEL=gemini-3.8-flash/);
    assert.match(adviceOf('language', 'openai') ?? '', /^Set OPENAI_LANGUAGE_MODEL to a model/);
    assert.match(adviceOf('documents', 'llamaparse') ?? '', /base URL/);
    assert.equal(adviceOf('speech', 'openai'), undefined);
  });

  it('Retry-After is read as seconds or as a date', () => {
    const nowMs = Date.parse('2026-11-22T10:00:00Z');
    const read = (value: string | null) => parseRetryAfterMs(value, nowMs);
    assert.equal(read('7'), 7_000);
    assert.equal(read('0.5'), 500);
    assert.equal(read('Sun, 22 Nov 2026 10:00:30 GMT'), 30_000);
    assert.equal(read('Sun, 22 Nov 2026 09:00:00 GMT'), 0);
    assert.equal(read('86400'), 60_000);
    for (const nonsense of [null, '', '-5', 'soon', '2m59s']) assert.equal(read(nonsense), undefined);
  });
});

import assert from 'node:assert/strict';
import type { ErrorCode } from '../../core/errors';
import { createProviders } from '../../core/providers/create-providers';
import type { Providers } from '../../core/providers/registry';
import { startSimulator, type Fault, type ProviderName, type Simulator } from '../../simulator/index';
import { assertFailsWith, AUDIO, callOptions, CHAT, configFor, IMAGE, PDF, RERANK } from './support';

const MARK = 'segredo-do-corpo';
const TEN_MEGABYTES = 10 * 1024 * 1024;
const json = { 'content-type': 'application/json' };
const ok = (body: unknown, headers: Record<string, string>): Fault => ({ kind: 'status', status: 200, body, headers });

/** What comes with status 200 and is no answer. */
const NONSENSE: [what: string, fault: Fault][] = [
  ['HTML', ok(`<html><body>${MARK}</body></html>`, { 'content-type': 'text/html' })],
  ['HTML that says it is JSON', ok(`<html>${MARK}</html>`, json)],
  ['half a JSON', ok(`{"choices": [{"message": {"content": "${MARK}`, json)],
  ['a list', ok([MARK], json)],
  ['a text', ok(JSON.stringify(MARK), json)],
  ['null', ok('null', json)],
  ['no body', ok('', json)],
  [
    'fields of other types',
    ok({ choices: 7, data: 'x', text: 5, candidates: MARK, results: {}, id: [], job: 3, predictions: 1 }, json),
  ],
  ['10 MB of JSON', ok([MARK, 'x'.repeat(TEN_MEGABYTES)], json)],
  ['10 MB of something', ok(MARK + 'x'.repeat(TEN_MEGABYTES), { 'content-type': 'application/octet-stream' })],
];

const ADAPTERS: [
  what: string,
  provider: ProviderName,
  call: (providers: Providers, all: AllEmbeddings) => Promise<unknown>,
  code: ErrorCode,
][] = [
  [
    'vertex vision',
    'vertex',
    ({ vision }) => vision.get('vertex')!.describe(IMAGE, callOptions()),
    'PROVIDER_UNAVAILABLE',
  ],
  [
    'vertex embeddings',
    'vertex',
    (_, { vertex }) => vertex.embed({ texts: ['a'], task: 'query' }, callOptions()),
    'PROVIDER_UNAVAILABLE',
  ],
  ['groq speech', 'groq', ({ speech }) => speech.get('groq')!.transcribe(AUDIO, callOptions()), 'PROVIDER_UNAVAILABLE'],
  [
    'openai speech',
    'openai',
    ({ speech }) => speech.get('openai')!.transcribe(AUDIO, callOptions()),
    'PROVIDER_UNAVAILABLE',
  ],
  [
    'openai language',
    'openai',
    ({ language }) => language.get('openai')!.complete(CHAT, callOptions()),
    'PROVIDER_UNAVAILABLE',
  ],
  [
    'openai embeddings',
    'openai',
    (_, { openai }) => openai.embed({ texts: ['a'], task: 'query' }, callOptions()),
    'PROVIDER_UNAVAILABLE',
  ],
  [
    'llamaparse documents',
    'llamaparse',
    ({ documents }) => documents.get('llamaparse')!.parse(PDF, callOptions()),
    'PROVIDER_UNAVAILABLE',
  ],
  ['jina reranker', 'jina', ({ reranker }) => reranker!.rerank(RERANK, callOptions()), 'PROVIDER_UNAVAILABLE'],
];

interface AllEmbeddings {
  vertex: Providers['embeddings'];
  openai: Providers['embeddings'];
}

describe('nonsense is no answer', () => {
  let simulator: Simulator;
  let providers: Providers;
  let embeddings: AllEmbeddings;

  before(async () => {
    simulator = await startSimulator();
    providers = createProviders(configFor(simulator.urls));
    const of = (name: string) => createProviders(configFor(simulator.urls, { EMBEDDINGS_PROVIDER: name })).embeddings;
    embeddings = { vertex: of('vertex'), openai: of('openai') };
  });
  beforeEach(() => simulator.reset());
  after(() => simulator.stop());

  for (const [adapter, provider, call, code] of ADAPTERS) {
    for (const [what, fault] of NONSENSE) {
      it(`${adapter}: 200 with ${what} is ${code}, asked for once and not quoted`, async () => {
        simulator.fault(provider, fault);
        const error = await assertFailsWith(call(providers, embeddings), code);
        assert.equal(simulator.requestCount(provider), 1);
        assert.ok(error.message.length < 500, `a message of ${error.message.length} characters`);
        assert.ok(!`${error.message} ${JSON.stringify(error.details)}`.includes(MARK), 'the answer is quoted');
      });
    }
  }

  it('vertex vision: 10 MB about a picture, in the right form, where 300 tokens were asked for', async () => {
    const candidates = [{ content: { parts: [{ text: MARK.repeat(TEN_MEGABYTES / 16) }] }, finishReason: 'STOP' }];
    const usageMetadata = { promptTokenCount: 1125, candidatesTokenCount: 300 };
    simulator.fault('vertex', ok({ candidates, usageMetadata }, json));
    const error = await assertFailsWith(
      providers.vision.get('vertex')!.describe(IMAGE, callOptions()),
      'MODEL_OUTPUT_INVALID',
    );
    assert.ok(!error.message.includes(MARK));
    assert.deepEqual(error.details['usage'], {
      inputTokens: 1125,
      cachedInputTokens: 0,
      outputTokens: 300,
      images: 1,
    });
  });
});

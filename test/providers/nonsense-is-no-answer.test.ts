import assert from 'node:assert/strict';
import { ERROR_TABLE, type ErrorCode } from '../../core/errors';
import { billOf } from '../../core/money/billing-of-failures';
import { isMeasured } from '../../core/money/prices';
import { createProviders } from '../../core/providers/create-providers';
import type { ProviderResult } from '../../core/providers/ports';
import type { Providers } from '../../core/providers/registry';
import { createWahaHistory } from '../../core/providers/waha/history';
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
  ['a number', ok('7', json)],
  ['an object without a field', ok({}, json)],
  ['an empty list', ok([], json)],
  ["somebody else's JSON", ok({ ok: true, message: MARK }, json)],
  ['an error that says 200', ok({ status: 'error', detail: MARK }, json)],
  ['no body', ok('', json)],
  [
    'fields of other types',
    ok({ choices: 7, data: 'x', text: 5, candidates: MARK, results: {}, id: [], job: 3, predictions: 1 }, json),
  ],
  ['10 MB of JSON', ok([MARK, 'x'.repeat(TEN_MEGABYTES)], json)],
  ['10 MB of something', ok(MARK + 'x'.repeat(TEN_MEGABYTES), { 'content-type': 'application/octet-stream' })],
];

/** 768 numbers, each not a number, as base64 of float32. */
const NAN_VECTOR = Buffer.from(new Float32Array(768).fill(NaN).buffer).toString('base64');
const SAID = [{ content: { parts: [{ text: 'Uma geladeira' }] }, finishReason: 'STOP' }];

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

  for (const [what, body] of [
    ['HTML', `<html>${MARK}</html>`],
    ["somebody else's JSON", { ok: true }],
    ['chats without an id', [{}]],
  ] as const) {
    it(`waha history: 200 with ${what} is tried again`, async () => {
      simulator.fault('waha', ok(body, json));
      const connection = { baseUrl: simulator.urls.waha, apiKey: 'key', externalId: 'default' };
      const chats = createWahaHistory({ fetch }).chats(connection, { limit: 1, offset: 0 }, callOptions());
      const error = await assertFailsWith(chats, 'CHANNEL_UNAVAILABLE');
      assert.ok(!error.message.includes(MARK), 'the answer is quoted');
    });
  }

  /** In the provider's own form, and nothing in it. */
  const HOLLOW: [adapter: string, what: string, body: unknown][] = [
    ['vertex vision', 'no candidate', { candidates: [] }],
    ['vertex vision', 'a bill and nothing bought', { usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 0 } }],
    ['vertex vision', 'a candidate that is nothing', { candidates: [{}] }],
    ['vertex vision', 'a block without a reason', { promptFeedback: {} }],
    ['vertex embeddings', 'no vector', { predictions: [] }],
    ['openai embeddings', 'no vector', { data: [] }],
    [
      'openai embeddings',
      'a vector for another text',
      { data: [{ index: 7, embedding: new Array<number>(768).fill(0.1) }] },
    ],
    ['openai embeddings', 'numbers that are none', { data: [{ index: 0, embedding: NAN_VECTOR }] }],
    ['openai language', 'no choice', { choices: [] }],
    [
      'openai language',
      'a message that says nothing',
      { choices: [{ message: { role: 'assistant' }, finish_reason: 'stop' }] },
    ],
    ['openai language', 'a null for a text', { choices: [{ message: { content: null }, finish_reason: 'stop' }] }],
    ['groq speech', 'a null for a text', { text: null }],
    ['openai speech', 'a list for a text', { text: ['oi'] }],
    ['llamaparse documents', 'a job without a state', { id: 'pjb-1' }],
    ['llamaparse documents', 'a state that it does not have', { id: 'pjb-1', status: 'DONE' }],
    ['jina reranker', 'no text ranked', { results: [] }],
    ['jina reranker', 'a text that was not given', { results: [{ index: 9, relevance_score: 0.5 }] }],
  ];
  for (const [adapter, what, body] of HOLLOW) {
    it(`${adapter}: 200 with ${what} is tried again`, async () => {
      const [, provider, call] = ADAPTERS.find(([name]) => name === adapter)!;
      simulator.fault(provider, ok(body, json));
      const error = await assertFailsWith(call(providers, embeddings), 'PROVIDER_UNAVAILABLE');
      assert.equal(ERROR_TABLE[error.code].retry, 'transient');
      assert.notEqual(billOf(error).kind, 'not_billed');
    });
  }

  it('llamaparse documents: a finished job without a page is no empty document', async () => {
    const job = { id: 'pjb-1', status: 'COMPLETED', usage: { credits: 3 } };
    simulator.fault('llamaparse', ok({ ...job, job, markdown: null }, json));
    await assertFailsWith(providers.documents.get('llamaparse')!.parse(PDF, callOptions()), 'PROVIDER_UNAVAILABLE');
  });

  /** An answer of use with a bill that cannot be. */
  const BILLS: [adapter: string, what: string, body: unknown][] = [
    ['vertex vision', 'none', { candidates: SAID }],
    [
      'vertex vision',
      'a negative count',
      { candidates: SAID, usageMetadata: { promptTokenCount: -9, candidatesTokenCount: 4 } },
    ],
    ['vertex vision', 'a word', { candidates: SAID, usageMetadata: { promptTokenCount: 'NaN' } }],
    ['vertex vision', 'a list', { candidates: SAID, usageMetadata: [] }],
    ['groq speech', 'none', { text: 'oi' }],
    ['groq speech', 'a negative duration', { text: 'oi', duration: -3 }],
    ['groq speech', 'a word', { text: 'oi', duration: 'NaN' }],
    ['openai speech', 'an unknown kind', { text: 'oi', usage: { type: 'credits', credits: 4 } }],
    ['openai speech', 'negative seconds', { text: 'oi', usage: { type: 'duration', seconds: -1 } }],
    ['openai language', 'none', { choices: [{ message: { content: 'oi' } }] }],
    [
      'openai language',
      'a negative count',
      { choices: [{ message: { content: 'oi' } }], usage: { prompt_tokens: -5, completion_tokens: 5 } },
    ],
    ['openai language', 'a word', { choices: [{ message: { content: 'oi' } }], usage: 'free' }],
    [
      'openai embeddings',
      'a fraction',
      { data: [{ index: 0, embedding: new Array<number>(768).fill(0.1) }], usage: { prompt_tokens: 0.5 } },
    ],
    [
      'jina reranker',
      'a negative count',
      { results: [{ index: 0, relevance_score: 0.5 }], usage: { total_tokens: -1 } },
    ],
  ];
  for (const [adapter, what, body] of BILLS) {
    it(`${adapter}: a good answer with ${what} for a bill is kept, asked for once, and costs what was reserved`, async () => {
      const [, provider, call] = ADAPTERS.find(([name]) => name === adapter)!;
      simulator.fault(provider, ok(body, json));
      const { usage } = (await call(providers, embeddings)) as ProviderResult;
      assert.equal(simulator.requestCount(provider), 1);
      const paidBy = adapter.endsWith('speech') ? { perAudioHour: 40_000 } : { inputPerMillionTokens: 300_000 };
      assert.equal(
        isMeasured({ provider, model: 'm', source: 'test', ...paidBy }, usage),
        false,
        JSON.stringify(usage),
      );
    });
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

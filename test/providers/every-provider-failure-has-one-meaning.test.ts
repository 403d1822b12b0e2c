import assert from 'node:assert/strict';
import { ERROR_TABLE, type ErrorCode } from '../../core/errors';
import { providerError } from '../../core/providers/classify';
import { createProviders } from '../../core/providers/create-providers';
import { callTarget, createCallPolicy } from '../../core/providers/policy';
import type { Providers } from '../../core/providers/registry';
import {
  badGatewayHtml,
  errorBody,
  insufficientQuota,
  outOfBalance,
  outOfCredits,
  overloaded,
  rateLimited,
  retiredModel,
  startSimulator,
  unauthorized,
  type Fault,
  type ProviderName,
  type Simulator,
} from '../../simulator/index';
import { assertFailsWith, AUDIO, callOptions, CHAT, configFor, IMAGE, PDF, RERANK } from './support';

type Vendor = Exclude<ProviderName, 'waha'>;

const VENDORS: Vendor[] = ['vertex', 'groq', 'openai', 'llamaparse', 'jina'];

const CALLS: Record<Vendor, (providers: Providers) => Promise<unknown>> = {
  vertex: (providers) => providers.vision.get('vertex')!.describe(IMAGE, callOptions()),
  groq: (providers) => providers.speech.get('groq')!.transcribe(AUDIO, callOptions()),
  openai: (providers) => providers.language.get('openai')!.complete(CHAT, callOptions()),
  llamaparse: (providers) => providers.documents.get('llamaparse')!.parse(PDF, callOptions()),
  jina: (providers) => providers.reranker!.rerank(RERANK, callOptions()),
};

const status = (code: number, body?: unknown): Fault => ({ kind: 'status', status: code, body });

function plain(code: number): (vendor: Vendor) => Fault {
  return (vendor) => status(code, errorBody(vendor, code, 'Scripted failure'));
}

/** The retry column is what Temporal will do with it. */
const ROWS: [
  what: string,
  vendors: Vendor[],
  fault: (vendor: Vendor) => Fault,
  code: ErrorCode,
  retry: 'transient' | 'permanent',
][] = [
  ['429 rate limit', VENDORS, (vendor) => rateLimited(vendor), 'PROVIDER_RATE_LIMITED', 'transient'],
  ['500', VENDORS, plain(500), 'PROVIDER_UNAVAILABLE', 'transient'],
  ['503 overloaded', VENDORS, overloaded, 'PROVIDER_UNAVAILABLE', 'transient'],
  ['504', VENDORS, plain(504), 'PROVIDER_UNAVAILABLE', 'transient'],
  ['502 with HTML', VENDORS, badGatewayHtml, 'PROVIDER_UNAVAILABLE', 'transient'],
  ['408', VENDORS, plain(408), 'PROVIDER_UNAVAILABLE', 'transient'],
  ['499', ['vertex'], plain(499), 'PROVIDER_UNAVAILABLE', 'transient'],
  ['409', ['openai', 'jina'], plain(409), 'PROVIDER_UNAVAILABLE', 'transient'],
  ['connection reset', VENDORS, () => ({ kind: 'reset' }), 'PROVIDER_UNAVAILABLE', 'transient'],
  ['body cut short', VENDORS, () => ({ kind: 'cut' }), 'PROVIDER_UNAVAILABLE', 'transient'],
  ['200 with broken JSON', VENDORS, () => ({ kind: 'malformed' }), 'PROVIDER_UNAVAILABLE', 'transient'],
  [
    '200 with other JSON',
    ['groq', 'openai', 'llamaparse', 'jina'],
    () => status(200, []),
    'PROVIDER_UNAVAILABLE',
    'transient',
  ],
  ['answer lost', VENDORS, () => ({ kind: 'accept_then_drop' }), 'PROVIDER_UNAVAILABLE', 'transient'],
  ['498 capacity exceeded', ['groq'], plain(498), 'PROVIDER_RATE_LIMITED', 'transient'],
  ['422', ['groq'], plain(422), 'PROVIDER_UNAVAILABLE', 'transient'],
  [
    '503 slow_down',
    ['openai'],
    () => status(503, errorBody('openai', 503, 'Slow down', 'slow_down')),
    'PROVIDER_RATE_LIMITED',
    'transient',
  ],
  ['429 insufficient_quota', ['openai'], insufficientQuota, 'PROVIDER_QUOTA', 'permanent'],
  [
    '429 credit_balance_exhausted',
    ['openai'],
    () => status(429, errorBody('openai', 429, 'No credit', 'credit_balance_exhausted')),
    'PROVIDER_QUOTA',
    'permanent',
  ],
  ['402', ['llamaparse'], outOfCredits, 'PROVIDER_QUOTA', 'permanent'],
  ['400', VENDORS, plain(400), 'PROVIDER_REJECTED', 'permanent'],
  ['402 without balance', ['jina'], () => outOfBalance(402), 'PROVIDER_QUOTA', 'permanent'],
  ['403 without balance', ['jina'], () => outOfBalance(403), 'PROVIDER_QUOTA', 'permanent'],
  ['422 of a wrong request', ['llamaparse', 'openai', 'jina'], plain(422), 'PROVIDER_REJECTED', 'permanent'],
  ['413', ['groq', 'openai'], plain(413), 'PROVIDER_REJECTED', 'permanent'],
  [
    '400 context_length_exceeded',
    ['openai'],
    () => status(400, errorBody('openai', 400, 'Too long', 'context_length_exceeded')),
    'PROVIDER_REJECTED',
    'permanent',
  ],
  [
    '400 content policy',
    ['openai'],
    () => status(400, errorBody('openai', 400, 'No', 'content_policy_violation')),
    'CONTENT_BLOCKED',
    'permanent',
  ],
  ['401', VENDORS, unauthorized, 'PROVIDER_AUTH', 'permanent'],
  ['403', VENDORS, plain(403), 'PROVIDER_AUTH', 'permanent'],
  [
    '404 retired model',
    ['vertex', 'groq', 'openai'],
    (vendor) => retiredModel(vendor as 'vertex', 'old-model'),
    'MODEL_RETIRED',
    'permanent',
  ],
  [
    '400 of an unknown model',
    ['jina'],
    () => status(400, errorBody('jina', 400, 'Unknown model', 'INPUT_MODEL_NOT_FOUND')),
    'MODEL_RETIRED',
    'permanent',
  ],
  [
    '404 of Ollama',
    ['openai'],
    () =>
      status(404, { error: { message: 'model "x" not found, try pulling it first', type: 'api_error', code: null } }),
    'MODEL_RETIRED',
    'permanent',
  ],
  ['404 of a wrong base URL', ['openai'], () => status(404, 'not here'), 'PROVIDER_REJECTED', 'permanent'],
  [
    '400 decommissioned model',
    ['groq'],
    () => status(400, errorBody('groq', 400, 'Gone', 'model_decommissioned')),
    'MODEL_RETIRED',
    'permanent',
  ],
];

describe('every provider failure has one meaning', () => {
  let simulator: Simulator;
  let providers: Providers;

  before(async () => {
    simulator = await startSimulator();
    providers = createProviders(configFor(simulator.urls));
  });
  beforeEach(() => simulator.reset());
  after(() => simulator.stop());

  for (const [what, vendors, fault, code, retry] of ROWS) {
    for (const vendor of vendors) {
      it(`${vendor}: ${what} is ${code} (${retry}), after exactly one request`, async () => {
        simulator.fault(vendor, fault(vendor));
        await assertFailsWith(CALLS[vendor](providers), code);
        assert.equal(ERROR_TABLE[code].retry, retry);
        assert.equal(simulator.requestCount(vendor), 1);
      });
    }
  }

  for (const vendor of ['groq', 'openai', 'llamaparse', 'jina'] as const) {
    it(`${vendor}: the wait it asks for is passed on, at most a minute`, async () => {
      simulator.fault(vendor, rateLimited(vendor, 7), { times: 1 });
      assert.equal((await assertFailsWith(CALLS[vendor](providers), 'PROVIDER_RATE_LIMITED')).retryAfterMs, 7_000);
      simulator.fault(vendor, rateLimited(vendor, 3_600), { times: 1 });
      assert.equal((await assertFailsWith(CALLS[vendor](providers), 'PROVIDER_RATE_LIMITED')).retryAfterMs, 60_000);
    });
  }

  it('vertex: the wait is read from the header, which its SDK drops, and from RetryInfo', async () => {
    const body = errorBody('vertex', 429, 'Resource exhausted. Please try again later.');
    simulator.fault('vertex', { kind: 'status', status: 429, body, headers: { 'retry-after': '3' } }, { times: 1 });
    assert.equal((await assertFailsWith(CALLS.vertex(providers), 'PROVIDER_RATE_LIMITED')).retryAfterMs, 3_000);

    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.5s' }];
    const withInfo = { error: { code: 429, message: 'Resource exhausted', status: 'RESOURCE_EXHAUSTED', details } };
    simulator.fault('vertex', { kind: 'status', status: 429, body: withInfo }, { times: 1 });
    assert.equal((await assertFailsWith(CALLS.vertex(providers), 'PROVIDER_RATE_LIMITED')).retryAfterMs, 1_500);
  });

  it('vertex: a refused status counts even when its JSON is broken', async () => {
    const headers = { 'content-type': 'application/json' };
    simulator.fault('vertex', { kind: 'status', status: 403, body: '{"error":', headers });
    await assertFailsWith(CALLS.vertex(providers), 'PROVIDER_AUTH');
  });

  it('an error names status and code, and nothing that the provider said', async () => {
    const body = errorBody('openai', 400, 'Invalid value: "meu CPF é 123"', 'invalid_value');
    simulator.fault('openai', status(400, body));
    const error = await assertFailsWith(CALLS.openai(providers), 'PROVIDER_REJECTED');
    assert.equal(error.message, 'openai answered 400 invalid_value');
    assert.deepEqual(error.details, { provider: 'openai', status: 400, providerCode: 'invalid_value' });
  });

  it('vertex: no credential on this machine is told as such', () => {
    const { signal } = new AbortController();
    const error = providerError('vertex', new Error('Could not load the default credentials. Browse to ...'), signal);
    assert.equal(error.code, 'PROVIDER_AUTH');
    assert.match(error.message, /VERTEX_ACCESS_TOKEN/);
  });

  it('a mistake of our own is not blamed on the provider', () => {
    const { signal } = new AbortController();
    const mistake = new TypeError("Cannot read properties of undefined (reading 'text')");
    assert.equal(providerError('openai', mistake, signal).code, 'INTERNAL_ERROR');
  });

  it('a server that cannot be reached is unavailable', async () => {
    const nowhere = 'http://127.0.0.1:1';
    const unreachable = createProviders(
      configFor({ vertex: nowhere, groq: nowhere, openai: nowhere, llamaparse: nowhere, waha: nowhere, jina: nowhere }),
    );
    for (const vendor of VENDORS) await assertFailsWith(CALLS[vendor](unreachable), 'PROVIDER_UNAVAILABLE');
  });

  it('a model that is gone is named, and what takes its place', async () => {
    simulator.fault('vertex', retiredModel('vertex', 'gemini-2.5-flash'));
    const vision = createProviders(configFor(simulator.urls)).vision.get('vertex')!.withModel!('gemini-2.5-flash');
    const call = createCallPolicy().run(callTarget(vision, 'vision'), new AbortController().signal, (options) =>
      vision.describe(IMAGE, options),
    );
    const { message, details } = await assertFailsWith(call, 'MODEL_RETIRED');
    assert.match(message, /does not serve gemini-2.5-flash \(any more\); configure gemini-3.5-flash-lite instead/);
    assert.equal(details['status'], 404);
  });
});

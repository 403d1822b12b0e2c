import assert from 'node:assert/strict';
import { createProviders } from '../../core/providers/create-providers';
import type { CallOptions } from '../../core/providers/ports';
import type { Providers } from '../../core/providers/registry';
import {
  assertFailsWith,
  AUDIO,
  callOptions,
  CHAT,
  configFor,
  IMAGE,
  PDF,
  RERANK,
  startSilentServer,
  type SilentServer,
} from './support';

const CALLS: Record<string, (providers: Providers, options: CallOptions) => Promise<unknown>> = {
  'vertex vision': (providers, options) => providers.vision.get('vertex')!.describe(IMAGE, options),
  'groq speech': (providers, options) => providers.speech.get('groq')!.transcribe(AUDIO, options),
  'openai speech': (providers, options) => providers.speech.get('openai')!.transcribe(AUDIO, options),
  'openai language': (providers, options) => providers.language.get('openai')!.complete(CHAT, options),
  'openai embeddings': (providers, options) => providers.embeddings.embed({ texts: ['oi'], task: 'document' }, options),
  'jina rerank': (providers, options) => providers.reranker!.rerank(RERANK, options),
  'llamaparse documents': (providers, options) => providers.documents.get('llamaparse')!.parse(PDF, options),
};

describe('calls end when told', () => {
  let server: SilentServer;
  let providers: Providers;

  beforeEach(async () => {
    server = await startSilentServer();
    const { url } = server;
    providers = createProviders(
      configFor(
        { vertex: url, groq: url, openai: url, llamaparse: url, waha: url, jina: url },
        { EMBEDDINGS_PROVIDER: 'openai' },
      ),
    );
  });
  afterEach(() => server.stop());

  for (const [name, call] of Object.entries(CALLS)) {
    it(`${name}: a provider that hangs is a timeout, and its connection is closed`, async () => {
      await assertFailsWith(call(providers, callOptions({ timeoutMs: 300 })), 'PROVIDER_TIMEOUT');
      await server.clientLeft;
    });

    it(`${name}: the caller's abort ends it with the caller's reason, and the connection is closed`, async () => {
      const controller = new AbortController();
      const reason = new Error('the workflow was cancelled');
      const running = call(providers, callOptions({ signal: controller.signal }));
      const outcome = assert.rejects(running, reason);
      await server.requested;
      controller.abort(reason);
      await outcome;
      await server.clientLeft;
    });

    it(`${name}: nothing is sent for a caller who is already gone`, async () => {
      const reason = new Error('gone');
      await assert.rejects(call(providers, callOptions({ signal: AbortSignal.abort(reason) })), reason);
    });
  }
});

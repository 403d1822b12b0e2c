import assert from 'node:assert/strict';
import { createProviders } from '../../core/providers/create-providers';
import type { Providers } from '../../core/providers/registry';
import { languageCode } from '../../core/providers/transcription';
import { startSimulator, type Simulator } from '../../simulator/index';
import { assertFailsWith, AUDIO, callOptions, CHAT, configFor, IMAGE } from './support';

interface Multipart {
  fields: Record<string, string>;
  files: { fileName: string; mimeType: string }[];
}

describe('requests follow the wire protocol', () => {
  let simulator: Simulator;
  let providers: Providers;

  before(async () => {
    simulator = await startSimulator({ apiKeys: { vertex: 'token', groq: 'gsk_test', openai: 'sk-test' } });
    providers = createProviders(configFor(simulator.urls));
  });
  beforeEach(() => simulator.reset());
  after(() => simulator.stop());

  const lastBody = <T>(provider: 'vertex' | 'groq' | 'openai') => simulator.requests(provider).at(-1)?.body as T;

  it('vertex: stable API version, project in the path, nothing that Gemini 3 ignores or refuses', async () => {
    const { text, usage, model, requestIds } = await providers.vision.get('vertex')!.describe(IMAGE, callOptions());
    assert.match(text, /^Imagem /);
    assert.equal(model, 'gemini-3.5-flash-lite');
    const request = simulator.requests('vertex')[0];
    assert.equal(
      request?.path,
      '/v1/projects/loja/locations/global/publishers/google/models/gemini-3.5-flash-lite:generateContent',
    );
    assert.deepEqual(lastBody<Record<string, unknown>>('vertex')['generationConfig'], { maxOutputTokens: 300 });
    const [billed] = simulator.invoice('vertex');
    assert.deepEqual(
      [usage.inputTokens, usage.outputTokens, usage.images],
      [billed?.inputTokens, billed?.outputTokens, 1],
    );
    assert.deepEqual(requestIds, [billed?.requestId]);
  });

  it('vertex: images it does not take never leave this machine', async () => {
    const vertex = providers.vision.get('vertex')!;
    await assertFailsWith(vertex.describe({ ...IMAGE, mimeType: 'image/gif' }, callOptions()), 'PROVIDER_REJECTED');
    const large = { ...IMAGE, image: Buffer.alloc(7 * 1024 * 1024 + 1) };
    await assertFailsWith(vertex.describe(large, callOptions()), 'PROVIDER_REJECTED');
    assert.equal(simulator.requestCount('vertex'), 0);
  });

  for (const [name, format] of [
    ['groq', 'verbose_json'],
    ['openai', 'json'],
  ] as const) {
    it(`${name}: a voice note goes under a name of its type, and comes back with what is billed`, async () => {
      simulator.script({ speech: [{ match: {}, text: ' Quero o sofá. ', language: 'pt', durationSeconds: 12 }] });
      const result = await providers.speech.get(name)!.transcribe({ ...AUDIO, language: 'pt-BR' }, callOptions());
      assert.equal(result.text, 'Quero o sofá.');
      assert.equal(result.language, name === 'groq' ? 'pt' : result.language);
      const [billed] = simulator.invoice(name);
      assert.equal(result.usage.audioSeconds, billed?.audioSeconds);
      assert.deepEqual(result.requestIds, [billed?.requestId]);
      const { fields, files } = lastBody<Multipart>(name);
      assert.equal(fields['response_format'], format);
      assert.equal(fields['language'], 'pt');
      assert.deepEqual([files[0]?.fileName, files[0]?.mimeType], ['voice.ogg', 'audio/ogg']);
    });

    it(`${name}: a format it cannot read never leaves this machine`, async () => {
      const amr = { ...AUDIO, mimeType: 'audio/amr' };
      await assertFailsWith(providers.speech.get(name)!.transcribe(amr, callOptions()), 'PROVIDER_REJECTED');
      assert.equal(simulator.requestCount(name), 0);
    });
  }

  it('openai: tools and their results keep their ids, and strict is asked only where the schema allows it', async () => {
    simulator.script({
      language: {
        replies: [{ toolCalls: [{ name: 'search_memory', arguments: '{broken' }], finishReason: 'tool_calls' }],
      },
    });
    const closed = {
      type: 'object',
      properties: { query: { type: 'string' } },
      required: ['query'],
      additionalProperties: false,
    };
    const open = { type: 'object', properties: { note: { type: 'string' } }, additionalProperties: false };
    const reply = await providers.language.get('openai')!.complete(
      {
        ...CHAT,
        messages: [
          ...CHAT.messages,
          {
            role: 'assistant',
            content: '',
            toolCalls: [{ id: 'call_1', name: 'search_memory', argumentsJson: '{"query":"sofá"}' }],
          },
          { role: 'tool', callId: 'call_1', content: '[]' },
        ],
        tools: [
          { name: 'search_memory', description: 'Searches', parameters: closed },
          { name: 'update_contact', description: 'Updates', parameters: open },
        ],
        temperature: 0,
      },
      callOptions(),
    );
    assert.equal(reply.finishReason, 'tool_calls');
    assert.equal(reply.toolCalls[0]?.argumentsJson, '{broken');
    const body = lastBody<Record<string, unknown>>('openai');
    assert.deepEqual(body['messages'], [
      { role: 'system', content: CHAT.system },
      { role: 'user', content: 'Oi' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'search_memory', arguments: '{"query":"sofá"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: '[]' },
    ]);
    const tools = body['tools'] as { function: { strict: boolean } }[];
    assert.deepEqual(
      tools.map((tool) => tool.function.strict),
      [true, false],
    );
    // A reasoning model: its own limit, and no temperature.
    assert.equal(body['max_completion_tokens'], 200);
    assert.ok(!('max_tokens' in body) && !('temperature' in body));
  });

  it('openai: JSON of a schema, and usage with the cached part', async () => {
    simulator.script({
      language: {
        replies: [{ json: { intent: 'sales' }, usage: { inputTokens: 900, cachedInputTokens: 512, outputTokens: 8 } }],
      },
    });
    const schema = {
      type: 'object',
      properties: { intent: { type: 'string' } },
      required: ['intent'],
      additionalProperties: false,
    };
    const request = { ...CHAT, responseSchema: { name: 'intent', schema } };
    const { text, usage } = await providers.language.get('openai')!.complete(request, callOptions());
    assert.deepEqual(JSON.parse(text), { intent: 'sales' });
    assert.deepEqual(usage, { inputTokens: 900, cachedInputTokens: 512, outputTokens: 8 });
    assert.deepEqual(lastBody<Record<string, unknown>>('openai')['response_format'], {
      type: 'json_schema',
      json_schema: { name: 'intent', strict: true, schema },
    });
  });

  it('other servers: the limit and temperature that Ollama understands', async () => {
    const ollama = createProviders(configFor(simulator.urls, { OPENAI_LANGUAGE_MODEL: 'llama3.2' }));
    await ollama.language.get('openai')!.complete({ ...CHAT, temperature: 0.2 }, callOptions());
    const body = lastBody<Record<string, unknown>>('openai');
    assert.deepEqual([body['max_tokens'], body['temperature']], [200, 0.2]);
    assert.ok(!('max_completion_tokens' in body));
  });

  it('languages are codes, whatever a model calls them', () => {
    const codes = ['portuguese', 'English', 'pt-BR', 'es', 'Hebrew', 'romanian', 'yiddish', '', 'klingonese'].map(
      languageCode,
    );
    assert.deepEqual(codes, ['pt', 'en', 'pt', 'es', 'he', 'ro', 'yi', null, null]);
  });
});

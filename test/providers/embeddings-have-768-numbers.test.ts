import assert from 'node:assert/strict';
import { checkEmbedder } from '../../core/providers/check-embedder';
import { createProviders } from '../../core/providers/create-providers';
import type { EmbeddingProvider } from '../../core/providers/ports';
import { startSimulator, wordVector, type Simulator } from '../../simulator/index';
import { assertFailsWith, callOptions, configFor } from './support';

describe('embeddings have 768 numbers, or as many as are configured', () => {
  let simulator: Simulator;

  before(async () => {
    simulator = await startSimulator();
  });
  beforeEach(() => simulator.reset());
  after(() => simulator.stop());

  const provider = (name: string, overrides: Record<string, string> = {}): EmbeddingProvider =>
    createProviders(configFor(simulator.urls, { EMBEDDINGS_PROVIDER: name, ...overrides })).embeddings;
  const bodies = (name: 'openai' | 'vertex') =>
    simulator.requests(name).map((request) => request.body as Record<string, unknown>);

  for (const name of ['openai', 'vertex'] as const) {
    it(`${name}: one vector per text, in order, and the tokens that are billed`, async () => {
      const texts = ['geladeira branca', 'sofá cinza', 'frete para Recife'];
      const { vectors, usage } = await provider(name).embed({ texts, task: 'document' }, callOptions());
      assert.equal(vectors.length, 3);
      texts.forEach((text, index) => {
        const expected = wordVector(text, 768);
        vectors[index]!.forEach((value, slot) => assert.ok(Math.abs(value - expected[slot]!) < 1e-6));
      });
      assert.equal(usage.inputTokens, simulator.invoice(name)[0]?.inputTokens);
    });
  }

  it('openai: asks for base64 and for 768 dimensions', async () => {
    await provider('openai').embed({ texts: ['oi'], task: 'document' }, callOptions());
    const [body] = bodies('openai');
    assert.equal(body?.['encoding_format'], 'base64');
    assert.equal(body?.['dimensions'], 768);
  });

  it('openai: plain numbers, as compatible servers send them, and any order are read', async () => {
    const row = (index: number) => ({ index, embedding: new Array<number>(768).fill(index) });
    simulator.fault('openai', { kind: 'status', status: 200, body: { data: [row(1), row(0)] } }, { times: 1 });
    const { vectors } = await provider('openai').embed({ texts: ['a', 'b'], task: 'document' }, callOptions());
    assert.deepEqual(
      vectors.map((vector) => vector[0]),
      [0, 1],
    );
  });

  it('a model of another width is refused, and is not asked for a width it does not know', async () => {
    const other = provider('openai', { OPENAI_EMBEDDING_MODEL: 'bge-large' });
    const error = await assertFailsWith(
      other.embed({ texts: ['oi'], task: 'document' }, callOptions()),
      'EMBEDDING_DIMENSION_MISMATCH',
    );
    assert.equal(error.details['dimensions'], 1536);
    assert.equal(bodies('openai')[0]?.['dimensions'], undefined);
  });

  it('as many as EMBEDDINGS_DIMENSIONS says, which the models that can be asked for a width are asked for', async () => {
    for (const [name, asked] of [
      ['openai', (body: Record<string, unknown> | undefined) => body?.['dimensions']],
      [
        'vertex',
        (body: Record<string, unknown> | undefined) =>
          (body?.['parameters'] as object)['outputDimensionality' as never],
      ],
    ] as const) {
      const embeddings = provider(name, { EMBEDDINGS_DIMENSIONS: '384' });
      const { vectors } = await embeddings.embed({ texts: ['oi'], task: 'document' }, callOptions());
      assert.equal(embeddings.dimensions, 384);
      assert.equal(vectors[0]?.length, 384);
      assert.equal(asked(bodies(name)[0]), 384);
    }
  });

  it('openai: a question and a text begin with what their model was trained on', async () => {
    const e5 = provider('openai', {
      OPENAI_EMBEDDING_MODEL: 'multilingual-e5-small',
      EMBEDDINGS_DIMENSIONS: '1536',
      EMBEDDINGS_QUERY_PREFIX: 'query: ',
      EMBEDDINGS_DOCUMENT_PREFIX: 'passage: ',
    });
    await e5.embed({ texts: ['oi', 'olá'], task: 'document' }, callOptions());
    await e5.embed({ texts: ['oi'], task: 'query' }, callOptions());
    assert.deepEqual(
      bodies('openai').map(({ input }) => input),
      [['passage: oi', 'passage: olá'], ['query: oi']],
    );
  });

  it('a width that cannot be kept, or that hashed words do not have, stops the start', () => {
    const start = (settings: Record<string, string>) => () => configFor(simulator.urls, settings);
    const openai = { EMBEDDINGS_PROVIDER: 'openai' };
    assert.throws(start({ ...openai, EMBEDDINGS_DIMENSIONS: '63' }), /EMBEDDINGS_DIMENSIONS/);
    assert.throws(start({ ...openai, EMBEDDINGS_DIMENSIONS: '1901' }), /unless EMBEDDINGS_PRECISION is half/);
    assert.throws(
      start({ ...openai, EMBEDDINGS_DIMENSIONS: '3801', EMBEDDINGS_PRECISION: 'half' }),
      /EMBEDDINGS_DIMENSIONS/,
    );
    assert.throws(start({ EMBEDDINGS_DIMENSIONS: '384' }), /must be 768 when EMBEDDINGS_PROVIDER is local/);
  });

  it('the check has one word embedded and says which width the model has', async () => {
    const check = (settings: Record<string, string>) =>
      checkEmbedder(configFor(simulator.urls, { EMBEDDINGS_PROVIDER: 'openai', ...settings }));
    assert.deepEqual(await check({ EMBEDDINGS_DIMENSIONS: '512' }), {
      model: 'text-embedding-3-small',
      dimensions: 512,
    });
    const wrong = await check({ OPENAI_EMBEDDING_MODEL: 'bge-large' });
    assert.match(wrong?.advice ?? '', /^Set EMBEDDINGS_DIMENSIONS=1536/);
    assert.equal(await check({ EMBEDDINGS_PROVIDER: 'local' }), null);
  });

  it('fewer vectors than texts is no answer', async () => {
    const body = { data: [{ index: 0, embedding: new Array<number>(768).fill(0) }] };
    simulator.fault('openai', { kind: 'status', status: 200, body }, { times: 1 });
    const call = provider('openai').embed({ texts: ['a', 'b'], task: 'document' }, callOptions());
    await assertFailsWith(call, 'PROVIDER_UNAVAILABLE');
  });

  it('vertex: tells stored text from questions and lets no long text take its batch along', async () => {
    await provider('vertex').embed({ texts: ['oi'], task: 'query' }, callOptions());
    const [body] = bodies('vertex');
    assert.deepEqual(body, {
      instances: [{ content: 'oi', task_type: 'RETRIEVAL_QUERY' }],
      parameters: { outputDimensionality: 768, autoTruncate: true },
    });
  });

  it('vertex: keeps every request within 250 texts and 20,000 tokens', async () => {
    const texts = [
      ...Array.from({ length: 260 }, (_, index) => `texto ${index}`),
      'á'.repeat(9_000),
      'b'.repeat(9_000),
    ];
    const { vectors } = await provider('vertex').embed({ texts, task: 'document' }, callOptions());
    assert.equal(vectors.length, 262);
    const sizes = bodies('vertex').map(({ instances }) => (instances as unknown[]).length);
    assert.deepEqual(sizes, [250, 11, 1]);
  });

  it('vertex: gemini-embedding-001 takes one text per request', async () => {
    const gemini = provider('vertex', { VERTEX_EMBEDDING_MODEL: 'gemini-embedding-001' });
    const { vectors } = await gemini.embed({ texts: ['a', 'b'], task: 'document' }, callOptions());
    assert.equal(vectors.length, 2);
    assert.equal(simulator.requestCount('vertex'), 2);
  });

  it('no texts, no request', async () => {
    const { vectors } = await provider('openai').embed({ texts: [], task: 'document' }, callOptions());
    assert.deepEqual(vectors, []);
    assert.equal(simulator.requestCount('openai'), 0);
  });
});

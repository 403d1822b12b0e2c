import assert from 'node:assert/strict';
import { createProviders } from '../../core/providers/create-providers';
import type { Reranker } from '../../core/providers/ports';
import { startSimulator, type Simulator } from '../../simulator/index';
import { assertFailsWith, callOptions, configFor } from './support';

const DOCUMENTS = ['Bom dia, tudo bem?', 'O prazo de entrega é de três dias', 'Aceitamos cartão e Pix'];

describe('a reranker orders texts', () => {
  let simulator: Simulator;
  let reranker: Reranker;

  before(async () => {
    simulator = await startSimulator({ apiKeys: { jina: 'jina_test' } });
    reranker = createProviders(configFor(simulator.urls)).reranker!;
  });
  beforeEach(() => simulator.reset());
  after(() => simulator.stop());

  const rerank = (topN: number) =>
    reranker.rerank({ query: 'qual o prazo de entrega?', documents: DOCUMENTS, topN }, callOptions());

  it('by relevance, the best first, no more than asked for', async () => {
    const { results, model, usage } = await rerank(2);
    assert.equal(results.length, 2);
    assert.equal(results[0]?.index, 1);
    assert.ok(results[0].score > (results[1]?.score ?? 1));
    assert.equal(model, 'jina-reranker-v2-base-multilingual');
    assert.deepEqual(
      simulator.invoice('jina').map(({ inputTokens }) => inputTokens),
      [usage.inputTokens],
    );
  });

  it('asks as Jina wants to be asked, and does not want the texts back', async () => {
    await rerank(3);
    const [request] = simulator.requests('jina');
    assert.equal(request?.path, '/v1/rerank');
    assert.deepEqual(request.body, {
      model: 'jina-reranker-v2-base-multilingual',
      query: 'qual o prazo de entrega?',
      documents: DOCUMENTS,
      top_n: 3,
      return_documents: false,
    });
  });

  for (const [what, results] of [
    ['a text that was not sent', [{ index: 3, relevance_score: 0.9 }]],
    ['one text twice', [1, 1].map((index) => ({ index, relevance_score: 0.9 }))],
  ] as const) {
    it(`does not trust an answer that ranks ${what}`, async () => {
      simulator.fault('jina', { kind: 'status', status: 200, body: { usage: { total_tokens: 3 }, results } });
      await assertFailsWith(rerank(2), 'PROVIDER_UNAVAILABLE');
    });
  }

  it('follows no redirect: it would carry the key and the texts away', async () => {
    const headers = { location: `${simulator.urls.groq}/v1/rerank` };
    simulator.fault('jina', { kind: 'status', status: 307, headers });
    await assertFailsWith(rerank(2), 'PROVIDER_UNAVAILABLE');
    assert.equal(simulator.requestCount('groq'), 0);
  });

  it('is there only when asked for', () => {
    assert.equal(createProviders(configFor(simulator.urls, { RERANKER: 'none' })).reranker, null);
    assert.equal(createProviders(configFor(simulator.urls, { JINA_API_KEY: '', JINA_BASE_URL: '' })).reranker, null);
  });
});

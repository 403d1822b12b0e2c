import assert from 'node:assert/strict';
import { newId } from '../../core/ids';
import { searchMemory } from '../../core/memory';
import { embedQuery } from '../../core/memory/embed-query';
import { rerankTexts } from '../../core/memory/rerank-texts';
import { createProviders } from '../../core/providers/create-providers';
import { startBench, type Bench } from '../enrichment/support';
import { newConversation, say, type TestConversation } from './fixtures';

/** Of the search; the provider never answers. */
const WAIT_MS = 300;

describe('a provider that hangs degrades the search', () => {
  let bench: Bench;
  let conversation: TestConversation;
  before(async () => {
    bench = await startBench({ EMBEDDINGS_PROVIDER: 'openai', RERANKER: 'jina' });
    conversation = await newConversation(bench.deps.db, bench.tenantId);
    for (const text of ['o prazo é de três dias', 'e o prazo do sofá?'])
      await say(bench.deps.db, conversation, { text });
    bench.simulator.fault('openai', { kind: 'hang' });
    bench.simulator.fault('jina', { kind: 'hang' });
  });
  after(() => bench.stop());

  const embed = (signal: AbortSignal) =>
    embedQuery(
      bench.deps,
      { tenantId: bench.tenantId, text: 'qual o prazo?', activityKey: `test:${newId()}`, subject: {} },
      signal,
    );
  const search = () => {
    const { reranker } = createProviders(bench.deps.config);
    assert.ok(reranker);
    return searchMemory(bench.deps.db, {
      ...{ tenantId: bench.tenantId, contactId: conversation.contactId, query: 'qual o prazo?', topK: 5 },
      strategy: 'vector_keyword_50',
      queryVector: () => embed(AbortSignal.timeout(WAIT_MS)),
      rerank: ({ timeoutMs: _, ...of }) =>
        rerankTexts(
          { ...bench.deps, reranker },
          { tenantId: bench.tenantId, ...of, activityKey: `test:${newId()}`, subject: {} },
          AbortSignal.timeout(WAIT_MS),
        ),
    });
  };

  it('which answers by words, in its own order, and says why', async () => {
    const { results, degraded, degradedReasons } = await search();
    assert.equal(results.length, 2);
    assert.deepEqual(degraded, ['vector', 'rerank']);
    for (const reason of degradedReasons) assert.match(reason, /^PROVIDER_TIMEOUT: /);
  });

  it('and is not kept, because the next one may be better', async () => {
    assert.equal((await search()).isCached, false);
  });

  it('but a caller who is gone ends it', async () => {
    const gone = new AbortController();
    const embedding = embed(gone.signal);
    gone.abort();
    await assert.rejects(embedding, { name: 'AbortError' });
  });
});

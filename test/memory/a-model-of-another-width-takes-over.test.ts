import assert from 'node:assert/strict';
import { searchMemory, storeEmbeddings, storeExternalEmbedding } from '../../core/memory';
import { modelOf } from '../../core/memory/active-model';
import { embedQuery } from '../../core/memory/embed-query';
import { dropOldVectors, endReembedding, reembedNext, switchModel } from '../../core/memory/reembedding/reembed';
import { requestReembedding } from '../../core/memory/reembedding/request';
import { createProviders } from '../../core/providers/create-providers';
import { readStoredModel, storedModel } from '../../core/providers/stored-model';
import type { WorkerDeps } from '../../workers/deps';
import { attempt, startBench, type Bench } from '../enrichment/support';
import { assertFailsWith, configFor } from '../providers/support';
import { embeddedConversation, type TestConversation } from './fixtures';

const SAID = [
  'O sofá retrátil chega na terça de manhã',
  'Prefiro pagar no boleto em três parcelas',
  'A garantia das cadeiras é de um ano',
  'A loja abre às nove',
];
const ASKED = ['sofá retrátil', 'pagar no boleto', 'garantia das cadeiras', 'quando a loja abre'];

describe('a model of another width takes over', () => {
  let bench: Bench;
  let conversation: TestConversation;

  before(async () => {
    bench = await startBench();
    conversation = await embeddedConversation(bench, SAID);
  });
  after(() => bench.stop());

  /** The product with another model. */
  function depsWith(settings: Record<string, string>): WorkerDeps {
    const { embeddings, embeddingsOf } = createProviders(configFor(bench.simulator.urls, settings));
    return { ...bench.deps, embeddings, embeddingsOf };
  }

  async function firstHits(deps: WorkerDeps): Promise<string[]> {
    const found: string[] = [];
    for (const query of ASKED) {
      const { signal, activityKey } = attempt();
      const of = { tenantId: bench.tenantId, text: query, activityKey, subject: {} };
      const { results, degraded } = await searchMemory(deps.db, {
        tenantId: bench.tenantId,
        contactId: conversation.contactId,
        query,
        queryVector: await embedQuery(deps, of, signal),
        topK: 10,
        strategy: 'vector_only',
        minRelevance: 0,
      });
      assert.deepEqual(degraded, []);
      found.push(results[0]?.content ?? '');
    }
    return found;
  }

  /** How many vectors of which width, by model. */
  async function kept(): Promise<Record<string, string>> {
    const rows = await bench.inTenant(
      (tx) => tx.$queryRaw<{ model: string; vectors: string }[]>`
        select model, count(*) || ' of ' || coalesce(vector_dims(embedding), vector_dims(embedding_half)) as vectors
        from memory_embeddings where origin = 'pipeline' group by model, coalesce(vector_dims(embedding), vector_dims(embedding_half))`,
    );
    return Object.fromEntries(rows.map(({ model, vectors }) => [model, vectors]));
  }

  const given = (deps: WorkerDeps, width: number, model: string | null = null) =>
    bench.inTenant((tx) =>
      storeExternalEmbedding(tx, bench.tenantId, {
        contactId: conversation.contactId,
        sessionId: null,
        messageId: null,
        contentType: 'document',
        contentText: `Manual de ${width} páginas por ${String(model)}`,
        embedding: new Array<number>(width).fill(1),
        model,
        configured: modelOf(deps.embeddings),
        metadata: {},
      }),
    );

  for (const { settings, stored, width, before: old } of [
    {
      settings: { EMBEDDINGS_PROVIDER: 'openai', EMBEDDINGS_DIMENSIONS: '384' },
      stored: 'text-embedding-3-small (384)',
      width: 384,
      before: 'local-hash-768-v1',
    },
    {
      settings: { EMBEDDINGS_PROVIDER: 'openai', EMBEDDINGS_DIMENSIONS: '3072', EMBEDDINGS_PRECISION: 'half' },
      stored: 'text-embedding-3-small (3072) (half)',
      width: 3072,
      before: 'text-embedding-3-small (384)',
    },
  ]) {
    it(`${old}, then ${stored}: searches compare the old vectors until all new ones are there`, async () => {
      const { tenantId, inTenant } = bench;
      const deps = depsWith(settings);
      assert.equal(modelOf(deps.embeddings).model, stored);
      const oldWidth = readStoredModel(old).dimensions;
      const { id } = await inTenant((tx) => requestReembedding(tx, tenantId, modelOf(deps.embeddings)));
      const ref = { tenantId, reembeddingId: id };
      await reembedNext(deps, ref, attempt());
      assert.deepEqual(await kept(), { [old]: `4 of ${oldWidth}`, [stored]: `4 of ${width}` });
      assert.deepEqual(await firstHits(deps), SAID, 'by the old vectors');
      await given(deps, oldWidth, old);
      await switchModel(deps, ref);
      await dropOldVectors(deps, ref);
      await endReembedding(deps, ref);

      assert.deepEqual(await kept(), { [stored]: `4 of ${width}` });
      assert.deepEqual(await firstHits(deps), SAID, 'by the new ones');
    });

    it(`${stored}: a vector of another length is refused, whoever made it`, async () => {
      const deps = depsWith(settings);
      const error = await assertFailsWith(given(deps, 768), 'EMBEDDING_DIMENSION_MISMATCH');
      assert.deepEqual(error.details, { model: 'text-embedding-3-small', dimensions: 768, expected: width });
      await assertFailsWith(given(deps, 768, 'text-embedding-3-small'), 'EMBEDDING_DIMENSION_MISMATCH');
      await assertFailsWith(given(deps, 768, 'a model of theirs'), 'EMBEDDING_DIMENSION_MISMATCH');
      await given(deps, width);
      await given(deps, width, 'a model of theirs');
    });
  }

  it('the widest vectors fit into a row beside the longest text', async () => {
    const text = Array.from({ length: 8_000 }, (_, index) => String.fromCharCode(97 + ((index * 7919) % 26))).join('');
    for (const kind of [
      { dimensions: 1_900, precision: 'full' },
      { dimensions: 3_800, precision: 'half' },
    ] as const) {
      const ids = await bench.inTenant((tx) =>
        storeEmbeddings(tx, bench.tenantId, [
          {
            contactId: conversation.contactId,
            sessionId: null,
            messageId: null,
            factId: null,
            contentType: 'document',
            contentText: text,
            metadata: { title: text, context: text },
            origin: 'external',
            embedding: Array.from({ length: kind.dimensions }, (_, index) => Math.sin(index + 1)),
            model: storedModel({ model: 'm'.repeat(100), ...kind }),
            occurredAt: new Date(),
          },
        ]),
      );
      assert.equal(ids.length, 1);
    }
  });
});

import assert from 'node:assert/strict';
import { searchMemory } from '../../core/memory';
import { modelOf } from '../../core/memory/active-model';
import { embedQuery } from '../../core/memory/embed-query';
import { dropOldVectors, endReembedding, reembedNext, switchModel } from '../../core/memory/reembedding/reembed';
import { requestReembedding } from '../../core/memory/reembedding/request';
import { createProviders } from '../../core/providers/create-providers';
import { attempt, startBench, type Bench } from '../enrichment/support';
import { configFor } from '../providers/support';
import { embeddedConversation, type TestConversation } from './fixtures';

const SAID = [
  'O sofá retrátil chega na terça de manhã',
  'Prefiro pagar no boleto em três parcelas',
  'A mesa de jantar tem seis cadeiras',
  'O endereço da loja é na avenida Paulista',
  'Meu cachorro rasgou a capa do sofá',
  'A garantia das cadeiras é de um ano',
  'Vocês entregam a mesa no sábado?',
  'O boleto venceu ontem e não consegui pagar',
  'Quero trocar as cadeiras da mesa por poltronas',
  'A loja abre às nove',
  'A capa nova do sofá é azul',
  'Pago a mesa no cartão',
];
const ASKED = ['capa do sofá', 'pagar a mesa', 'cadeiras da mesa', 'quando a loja abre', 'boleto', 'entrega do sofá'];

describe('half precision finds the same', () => {
  let bench: Bench;
  let conversation: TestConversation;

  before(async () => {
    bench = await startBench();
    conversation = await embeddedConversation(bench, SAID);
  });
  after(() => bench.stop());

  async function find(query: string): Promise<string[]> {
    const { tenantId, deps } = bench;
    const { signal, activityKey } = attempt();
    const queryVector = await embedQuery(deps, { tenantId, text: query, activityKey, subject: {} }, signal);
    const { contactId } = conversation;
    const { results } = await searchMemory(deps.db, {
      tenantId,
      contactId,
      query,
      queryVector,
      topK: 10,
      strategy: 'vector_only',
      minRelevance: 0,
    });
    return results.map(({ content }) => content);
  }

  const kept = () =>
    bench.inTenant(
      (tx) => tx.$queryRaw<{ model: string; full: number; half: number }[]>`
        select model, count(embedding)::int as full, count(embedding_half)::int as half from memory_embeddings group by model`,
    );

  it('after a change that makes every vector again, and takes no room for the old ones', async () => {
    const { tenantId, inTenant } = bench;
    const before = await Promise.all(ASKED.map(find));
    assert.deepEqual(await kept(), [{ model: 'local-hash-768-v1', full: SAID.length, half: 0 }]);

    const { embeddings, embeddingsOf } = createProviders(
      configFor(bench.simulator.urls, { EMBEDDINGS_PRECISION: 'half' }),
    );
    const deps = { ...bench.deps, embeddings, embeddingsOf };
    const { id } = await inTenant((tx) => requestReembedding(tx, tenantId, modelOf(embeddings)));
    const ref = { tenantId, reembeddingId: id };
    assert.equal((await reembedNext(deps, ref, attempt())).documentsDone, SAID.length);
    assert.deepEqual(await Promise.all(ASKED.map(find)), before, 'searches compare the old ones meanwhile');
    await switchModel(deps, ref);
    await dropOldVectors(deps, ref);
    await endReembedding(deps, ref);

    assert.deepEqual(await kept(), [{ model: 'local-hash-768-v1 (half)', full: 0, half: SAID.length }]);
    const after = await Promise.all(ASKED.map(find));
    const found = before.flatMap((contents, place) => contents.filter((content) => after[place]?.includes(content)));
    assert.ok(before.flat().length >= 2 * ASKED.length);
    assert.ok(found.length >= 0.98 * before.flat().length, `${found.length} of ${before.flat().length}`);
    assert.deepEqual(
      after.map(([first]) => first),
      before.map(([first]) => first),
    );
  });
});

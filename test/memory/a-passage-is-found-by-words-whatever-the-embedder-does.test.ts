import assert from 'node:assert/strict';
import { getDocument, requestDocument } from '../../core/knowledge/documents';
import { embedDocument } from '../../core/knowledge/embed-document';
import { searchKnowledge } from '../../core/knowledge/search';
import { identifyMedia } from '../../core/media/sniff';
import { embedQuery } from '../../core/memory/embed-query';
import { attempt, startBench, type Bench } from '../enrichment/support';

const REJECTED = { kind: 'status', status: 400, body: { error: { code: 400, status: 'INVALID_ARGUMENT' } } } as const;
const DOWN = { kind: 'status', status: 503, body: { error: { code: 503, status: 'UNAVAILABLE' } } } as const;
const MANUAL = 'Segure o botão preto atrás do roteador por doze segundos até a luz piscar.';

describe('a passage is found by words whatever the embedder does', () => {
  let bench: Bench;
  before(async () => {
    bench = await startBench({ EMBEDDINGS_PROVIDER: 'vertex' });
  });
  beforeEach(() => bench.simulator.reset());
  after(() => bench.stop());

  async function add(text: string) {
    const { deps, tenantId, inTenant } = bench;
    const bytes = Buffer.from(text);
    const media = await identifyMedia(bytes, null, 'manual.md');
    const stored = await deps.mediaStore.put(tenantId, bytes);
    const { id } = await inTenant((tx) =>
      requestDocument(tx, tenantId, { ...stored, media, fileName: 'manual.md', title: 'Manual' }),
    );
    return { tenantId, documentId: id };
  }

  async function found(query: string) {
    const { deps, tenantId } = bench;
    const run = attempt();
    const queryVector = await embedQuery(deps, { tenantId, text: query, subject: {}, ...run }, run.signal);
    return searchKnowledge(deps.db, { tenantId, query, queryVector, topK: 5 });
  }

  const documentOf = ({ tenantId, documentId }: { tenantId: string; documentId: string }) =>
    bench.inTenant((tx) => getDocument(tx, tenantId, documentId));

  it('that refuses it', async () => {
    const ref = await add(MANUAL);
    bench.simulator.fault('vertex', REJECTED);
    assert.equal(await embedDocument(bench.deps, ref, attempt()), 1);
    bench.simulator.clearFaults();
    const { passages, degraded } = await found('botão preto do roteador');
    assert.match(passages[0]?.text ?? '', /doze segundos/);
    assert.deepEqual(degraded, ['vector']);
    const { passagesTotal, passagesDone, degraded: lacks } = await documentOf(ref);
    assert.deepEqual([passagesTotal, passagesDone, lacks], [1, 0, ['vector']]);
  });

  it('that is down, and has its vector once when it is back', async () => {
    const ref = await add(`${MANUAL} A garantia do aspirador vale por nove meses.`);
    const run = attempt();
    bench.simulator.fault('vertex', DOWN);
    await assert.rejects(embedDocument(bench.deps, ref, run), { code: 'PROVIDER_UNAVAILABLE' });
    bench.simulator.clearFaults();
    const words = await found('garantia do aspirador');
    assert.match(words.passages[0]?.text ?? '', /nove meses/);
    assert.deepEqual(words.degraded, ['vector']);

    assert.equal(await embedDocument(bench.deps, ref, attempt()), 1);
    const { passagesDone, degraded } = await documentOf(ref);
    assert.deepEqual([passagesDone, degraded], [1, []]);
    const rows = await bench.inTenant((tx) =>
      tx.memoryEmbedding.count({ where: { tenantId: ref.tenantId, knowledgeDocumentId: ref.documentId } }),
    );
    assert.equal(rows, 1);
  });
});

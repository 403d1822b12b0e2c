import assert from 'node:assert/strict';
import path from 'node:path';
import { addNote, deleteNote, updateNote } from '../../core/crm/notes';
import { searchMemory, type SearchRequest } from '../../core/memory';
import { modelOf } from '../../core/memory/active-model';
import { embedQuery } from '../../core/memory/embed-query';
import { dropOldVectors, reembedNext } from '../../core/memory/reembedding/reembed';
import { latestReembedding, requestReembedding, requestReembeddings } from '../../core/memory/reembedding/request';
import { newId } from '../../core/ids';
import { getReembeddingProgress } from '../../workflows/reembedding/messages';
import { reembeddingWorkflowId } from '../../workflows/reembedding/ids';
import { eventually } from '../support/eventually';
import { MEDIA_FIXTURES, startProduct, type Product } from '../support/product';
import { newCustomer, repliesTo, settled, type Medium } from './support';

const CONTRACT: Medium = {
  type: 'document',
  file: { path: path.join(MEDIA_FIXTURES, 'order.pdf'), mimetype: 'application/pdf', filename: 'contrato.pdf' },
};
const OLD = { provider: 'local', model: 'local-hash-768-v1' };
const page = (about: string) => `${about} `.repeat(40).trim();
const PAGES = [
  page('O prazo de entrega é de trinta dias.'),
  page('A multa por rescisão antecipada é de dez por cento.'),
];

describe('all that is said is embedded', () => {
  let product: Product;
  let tenantId: string;
  let contactId: string;

  before(async () => {
    product = await startProduct({
      settings: { EMBEDDINGS_PROVIDER: 'openai' },
      script: { documents: [{ match: {}, pages: PAGES }] },
    });
    ({ tenantId } = await product.newShop());
    // Vectors from before the configured model changed.
    await product.db.withTenant(tenantId, (tx) => tx.memoryModel.create({ data: { tenantId, ...OLD } }));
    const customer = newCustomer(product);
    await customer.says('Vocês consertam geladeira frost free?');
    await repliesTo(customer, 1);
    await customer.sends(CONTRACT);
    await repliesTo(customer, 2);
    await settled(product, tenantId);
    contactId = (await product.db.withTenant(tenantId, (tx) => tx.contact.findFirstOrThrow({ where: { tenantId } })))
      .id;
  });
  after(() => product.stop());

  const vectors = (where: object = {}) =>
    product.db.withTenant(tenantId, (tx) => tx.memoryEmbedding.findMany({ where: { tenantId, ...where } }));

  async function search(query: string, also: Partial<SearchRequest> = {}) {
    const { deps } = product;
    const { signal } = new AbortController();
    const found = await searchMemory(product.db, {
      tenantId,
      contactId,
      query,
      queryVector: () =>
        embedQuery(deps, { tenantId, text: query, activityKey: `test:${newId()}`, subject: {} }, signal),
      strategy: 'vector_keyword_50',
      topK: 10,
      ...also,
    });
    assert.deepEqual(found.degraded, []);
    return found.results;
  }

  it('a document by its parts, each with its page', async () => {
    await eventually('the parts', async () => (await vectors({ contentType: 'document' })).length >= 2);
    const [best] = await search('multa por rescisão antecipada', { types: ['document'], sources: ['message'] });
    assert.ok(best);
    assert.equal(best.metadata['page'], 2);
    assert.equal(best.metadata['title'], 'contrato.pdf');
    assert.match(best.content, /multa/);
    assert.doesNotMatch(best.content, /prazo/);
  });

  it('a question with its answer, as a vector of the answer', async () => {
    const turns = await eventually('a turn', async () => {
      const rows = await vectors({ contentType: 'turn' });
      return rows.length > 0 && rows;
    });
    const turn = turns.find(({ contentText }) => contentText.includes('frost free'));
    const answer = await product.db.withTenant(tenantId, (tx) =>
      tx.message.findFirst({ where: { tenantId, id: turn?.messageId ?? '' } }),
    );
    assert.equal(answer?.fromMe, true);
    assert.ok(turn?.contentText.includes(answer?.text ?? '-'));
    const hits = await search('consertam geladeira frost free', { strategy: 'vector_only' });
    assert.equal(hits.filter(({ sourceId }) => sourceId === answer?.id).length, 1);
  });

  it('a note, as it says now and no longer than it is there', async () => {
    const actor = { by: 'system' as const };
    const note = await product.db.withTenant(tenantId, (tx) =>
      addNote(tx, tenantId, { contactId, content: 'Prefere ser atendida pela Beatriz', actor }),
    );
    const found = async (word: string) =>
      (await search(`nota sobre ${word}`, { types: ['note'], strategy: 'keyword_only' })).map(
        ({ metadata }) => metadata['noteId'],
      );
    await eventually('the note', async () => (await found('Beatriz')).includes(note.id));
    await product.db.withTenant(tenantId, (tx) =>
      updateNote(tx, tenantId, { noteId: note.id, changes: { content: 'Prefere ser atendida pelo Otávio' }, actor }),
    );
    assert.deepEqual(await found('Beatriz'), []);
    await eventually('its new words', async () => (await found('Otávio')).includes(note.id));
    await product.db.withTenant(tenantId, (tx) => deleteNote(tx, tenantId, { noteId: note.id, actor }));
    assert.deepEqual(await found('Otávio'), []);
  });

  it('again with another model, while searches use the old one until all is there', async () => {
    const { db, deps, client } = product;
    const to = modelOf(deps.embeddings);
    const before = await vectors();
    assert.deepEqual(new Set(before.map(({ model }) => model)), new Set([OLD.model]));
    const answers = await search('multa por rescisão');

    // Step by step first: both models' vectors are there, and searches compare the old ones.
    await product.stopWorking();
    assert.ok((await requestReembeddings(db, to)) >= 1);
    const { id } = await db.withTenant(tenantId, (tx) => latestReembedding(tx, tenantId));
    const ref = { tenantId, reembeddingId: id };
    const again = await db.withTenant(tenantId, (tx) => requestReembedding(tx, tenantId, to));
    assert.equal(again.id, id, 'the same wish twice is one');
    const { signal } = new AbortController();
    const step = await reembedNext(deps, ref, { activityKey: `test:${newId()}`, signal });
    assert.deepEqual(step, {
      isDone: true,
      isCancelled: false,
      documentsDone: before.length,
      documentsTotal: before.length,
    });
    assert.deepEqual(
      (await search('multa por rescisão')).map(({ sourceId }) => sourceId),
      answers.map(({ sourceId }) => sourceId),
    );

    await product.startWorking();
    const workflow = client.workflow.getHandle(reembeddingWorkflowId(ref));
    const switched = await eventually('the switch', async () => {
      const row = await db.withTenant(tenantId, (tx) => latestReembedding(tx, tenantId));
      return row.switchedAt && row;
    });
    assert.equal(switched.documentsDone, before.length);
    const progress = await workflow.query(getReembeddingProgress);
    assert.equal(progress.phase, 'catching_up');
    assert.equal((await vectors({ model: to.model })).length, before.length);
    const now = await search('multa por rescisão', { strategy: 'vector_only' });
    assert.ok(now.length > 0);
    const indexed = () => db.withTenant(tenantId, (tx) => tx.memoryIndex.count({ where: { tenantId, contactId } }));
    const documents = await indexed();

    assert.deepEqual(await dropOldVectors(deps, ref), { isDone: true });
    assert.equal(await indexed(), documents, 'what is found by words is still there');
    const left = await vectors({ model: OLD.model });
    assert.ok(
      left.length > 0 && left.every(({ contentType }) => ['document', 'session_summary', 'note'].includes(contentType)),
    );
    assert.deepEqual(
      (await search('multa por rescisão', { strategy: 'vector_only' })).map(({ sourceId }) => sourceId),
      now.map(({ sourceId }) => sourceId),
    );
  });
});

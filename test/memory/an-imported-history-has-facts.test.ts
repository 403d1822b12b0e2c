import assert from 'node:assert/strict';
import { getImport, requestImport } from '../../core/memory/import/imports';
import { historyImportWorkflowId } from '../../workflows/history-import/ids';
import { getImportProgress } from '../../workflows/history-import/messages';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';

const line = (contact: string, number: number, text: string, role = 'customer') =>
  JSON.stringify({
    contact: { ref: contact, name: contact },
    role,
    text,
    at: new Date(Date.UTC(2025, 0, 1, 12, number)).toISOString(),
    external_id: String(number),
  });

const HISTORY = [
  line('ana', 1, 'Meu nome é Ana e meu orçamento para a cozinha é de R$ 45.000'),
  line('ana', 2, 'O meu orçamento é de R$ 90.000', 'company'),
  line('bia', 3, 'Meu orçamento é de R$ 12.000'),
];

describe('an imported history has facts', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.stop());

  async function requested(options: { factMessages?: number }) {
    const { tenantId } = await product.newShop();
    const stored = await product.deps.mediaStore.put(tenantId, Buffer.from(HISTORY.join('\n')));
    const { id } = await product.db.withTenant(tenantId, (tx) =>
      requestImport(tx, tenantId, { source: { kind: 'jsonl', ...stored }, options: { gapMinutes: 240, ...options } }),
    );
    const row = () => product.db.withTenant(tenantId, (tx) => getImport(tx, tenantId, id));
    const facts = () =>
      product.db.withTenant(tenantId, async (tx) => {
        const contacts = await tx.contact.findMany({ where: { tenantId } });
        const nameOf = new Map(contacts.map(({ id: contactId, name }) => [contactId, name]));
        const rows = await tx.memoryFact.findMany({ where: { tenantId }, orderBy: { saidAt: 'asc' } });
        return rows.map((fact) => ({ ...fact, contactName: nameOf.get(fact.contactId) }));
      });
    const workflow = product.client.workflow.getHandle(historyImportWorkflowId({ tenantId, importId: id }));
    const progress = () => workflow.query(getImportProgress);
    const done = () =>
      eventually('the import', async () => {
        const found = await row();
        return found.finishedAt && found;
      });
    return { tenantId, row, facts, progress, done };
  }

  it('of what customers said, with the time it was said, embedded; and not without being asked for', async () => {
    const { tenantId, facts, progress, done } = await requested({ factMessages: 100 });
    const row = await done();
    assert.equal(row.status, 'completed');
    assert.equal(row.factMessagesRead, 2);
    const found = await facts();
    assert.equal(row.factsFound, found.length);
    assert.deepEqual(
      found
        .filter(({ factType }) => factType === 'budget')
        .map(({ contactName, saidAt }) => [contactName, saidAt.getUTCMinutes()]),
      [
        ['ana', 1],
        ['bia', 3],
      ],
    );
    assert.ok(found.every(({ factText }) => !factText.includes('90')));
    const { phase, facts: counted } = await progress();
    assert.deepEqual([phase, counted?.messagesRead, counted?.found], ['done', 2, found.length]);
    const vectors = await product.db.withTenant(tenantId, (tx) =>
      tx.memoryEmbedding.count({ where: { tenantId, factId: { not: null } } }),
    );
    assert.equal(vectors, found.length);

    const plain = await requested({});
    await plain.done();
    assert.deepEqual(await plain.facts(), []);
  });

  it('only of the newest messages it was allowed to read', async () => {
    const { facts, done } = await requested({ factMessages: 1 });
    assert.equal((await done()).factMessagesRead, 1);
    assert.deepEqual([...new Set((await facts()).map(({ contactName }) => contactName))], ['bia']);
  });

  it('an answer that is of no use costs its messages and not the import', async () => {
    product.simulator.fault('openai', { kind: 'block' });
    const { done } = await requested({ factMessages: 100 });
    const row = await done();
    product.simulator.clearFaults();
    assert.equal(row.status, 'partial');
    assert.deepEqual([row.messagesStored, row.factMessagesSkipped, row.factsFound], [3, 2, 0]);
  });

  it('a model that is down is waited for, and the messages are there meanwhile', async () => {
    product.simulator.fault('openai', { kind: 'status', status: 503 });
    const { row, progress } = await requested({ factMessages: 100 });
    const waiting = await eventually('the reading for facts', async () => {
      const found = await row();
      return found.status === 'extracting' && found;
    });
    assert.equal((await progress()).phase, 'facts');
    product.simulator.clearFaults();
    assert.deepEqual([waiting.messagesStored, waiting.messagesEmbedded, waiting.finishedAt], [3, 3, null]);
  });
});

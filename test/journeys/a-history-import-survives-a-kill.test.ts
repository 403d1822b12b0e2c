import assert from 'node:assert/strict';
import { createVirtualAgent } from '../../core/agents/team/virtual';
import { requestImport, getImport } from '../../core/memory/import/imports';
import { storeFileLines } from '../../core/memory/import/store-file';
import { searchMemory } from '../../core/memory';
import { historyImportWorkflowId } from '../../workflows/history-import/ids';
import { getImportProgress } from '../../workflows/history-import/messages';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';
import { newCustomer, repliesTo, settled } from './support';

describe('a history import', () => {
  let product: Product;
  before(async () => {
    product = await startProduct({ isWorking: false });
  });
  after(() => product.stop());

  const lineOf = (contact: number, number: number) =>
    JSON.stringify({
      contact: { ref: `c${contact}`, name: `Cliente ${contact}` },
      role: number % 2 === 0 ? 'customer' : 'company',
      text: `mensagem ${number} do cliente ${contact} sobre a geladeira`,
      at: new Date(Date.UTC(2025, 0, 1 + number, 12)).toISOString(),
      external_id: String(number),
    });

  async function requested(tenantId: string, text: string): Promise<string> {
    const stored = await product.deps.mediaStore.put(tenantId, Buffer.from(text));
    const { id } = await product.db.withTenant(tenantId, (tx) =>
      requestImport(tx, tenantId, { source: { kind: 'jsonl', ...stored }, options: { gapMinutes: 240 } }),
    );
    return id;
  }

  const importOf = (tenantId: string, id: string) =>
    product.db.withTenant(tenantId, (tx) => getImport(tx, tenantId, id));
  const messagesOf = (tenantId: string) =>
    product.db.withTenant(tenantId, (tx) => tx.message.findMany({ where: { tenantId } }));

  it('goes on after a kill where it was, counts each line once, and becomes searchable without a reply', async () => {
    const { tenantId } = await product.newShop();
    const lines = Array.from({ length: 1_200 }, (_, number) => lineOf(number % 20, Math.floor(number / 20)));
    lines.splice(700, 0, 'not a line');
    const id = await requested(tenantId, lines.join('\n'));
    // One batch is stored, and then the process is gone.
    const killed = new AbortController();
    await assert.rejects(
      storeFileLines(
        product.deps,
        { tenantId, importId: id },
        { budgetMs: 60_000, signal: killed.signal, onProgress: () => killed.abort(new Error('killed')) },
      ),
      /killed/,
    );
    assert.equal((await messagesOf(tenantId)).length, 500);

    await product.startWorking();
    const done = await eventually(
      'the import',
      async () => {
        const row = await importOf(tenantId, id);
        return row.finishedAt && row;
      },
      120_000,
    );
    assert.equal(done.status, 'partial');
    assert.deepEqual(
      [
        done.linesRead,
        done.messagesStored,
        done.messagesKnown,
        done.linesRefused,
        done.contactsCreated,
        done.messagesEmbedded,
      ],
      [1_201, 1_200, 0, 1, 20, 1_200],
    );
    assert.deepEqual(done.refusals, [{ line: 701, problem: 'the line is not JSON' }]);
    const messages = await messagesOf(tenantId);
    assert.equal(messages.length, 1_200);
    assert.equal(messages.filter(({ source }) => source !== 'history_import').length, 0, 'nobody was answered');
    const handle = product.client.workflow.getHandle(historyImportWorkflowId({ tenantId, importId: id }));
    assert.deepEqual(await handle.query(getImportProgress), {
      phase: 'done',
      linesRead: 1_201,
      messagesStored: 1_200,
      messagesEmbedded: 1_200,
    });
    const found = await searchMemory(product.db, {
      tenantId,
      query: 'geladeira',
      queryVector: { vector: null, reason: 'not asked for' },
      topK: 3,
      strategy: 'keyword_only',
    });
    assert.equal(found.results.length, 3);
  });

  it('brings the history of a WAHA session along, page by page, beside the live messages', async () => {
    await product.startWorking();
    const { tenantId, channel } = await product.newShop();
    const customer = newCustomer(product);
    const old = Math.floor(Date.UTC(2025, 5, 1) / 1000);
    // More than one page of messages, several of them in the same second.
    for (let number = 0; number < 620; number++) {
      await product.simulator.waha.remember({
        session: channel.externalId,
        from: customer.from,
        type: 'text',
        text: `antiga ${number}`,
        fromMe: number % 3 === 0,
        timestampSeconds: old + Math.floor(number / 5),
      });
    }
    await product.simulator.waha.remember({
      session: channel.externalId,
      from: '1203630@g.us',
      participant: customer.from,
      type: 'text',
      text: 'grupo',
    });
    await customer.says('Oi, cheguei');
    await repliesTo(customer, 1);
    await settled(product, tenantId);
    const live = await messagesOf(tenantId);

    const bruno = {
      personName: 'Bruno',
      start: new Date(old * 1000),
      end: new Date((old + 60) * 1000),
      reason: 'Saiu',
    };
    const { id, writer } = await product.db.withTenant(tenantId, async (tx) => {
      const writer = await createVirtualAgent(tx, tenantId, bruno);
      const source = { kind: 'waha', channelId: channel.channelId } as const;
      const asked = await requestImport(tx, tenantId, {
        source,
        options: { gapMinutes: 240, defaultAgentId: writer.id },
      });
      return { id: asked.id, writer };
    });
    const done = await eventually(
      'the import',
      async () => {
        const row = await importOf(tenantId, id);
        return row.finishedAt && row;
      },
      60_000,
    );
    assert.equal(done.status, 'completed');
    assert.deepEqual([done.messagesStored, done.messagesKnown], [620, live.length]);
    const messages = await messagesOf(tenantId);
    assert.equal(messages.length, 620 + live.length);
    assert.equal(new Set(messages.map(({ contactId }) => contactId)).size, 1, 'the contact of the live message');
    assert.equal(new Set(messages.filter(({ importId }) => importId).map(({ sessionId }) => sessionId)).size, 1);
    assert.equal(customer.replies().length, 1);
    const ofBruno = messages.filter(({ agentId }) => agentId === writer.id);
    assert.equal(ofBruno.length, 102, 'every third of the five a second of the first minute');
    assert.ok(ofBruno.every(({ fromMe, sentAt }) => fromMe && sentAt <= bruno.end));
  });
});

import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { getErasure, requestErasure, type Erasure } from '../../core/memory/forgetting/erasures';
import { exportContact } from '../../core/memory/forgetting/export-contact';
import type { ErasureScope } from '../../core/memory/forgetting/types';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';
import { agentPrompts, newCustomer, PHOTO, repliesTo, settled, VIDEO, VOICE, type Customer } from './support';

const SECRET = 'abacaxi';

const HISTORIES_LIMIT_MS = 120_000;

describe('a forgotten contact leaves only counts', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.stop());

  async function forget(tenantId: string, contactId: string, scope: ErasureScope): Promise<Erasure> {
    const { id } = await product.db.withTenant(tenantId, (tx) =>
      requestErasure(tx, tenantId, { contactId, scope, apiKeyId: null }),
    );
    return eventually('the erasure', async () => {
      const erasure = await product.db.withTenant(tenantId, (tx) => getErasure(tx, tenantId, id));
      return erasure.finishedAt ? erasure : null;
    });
  }

  const contactOf = async (tenantId: string, { name }: Customer) => {
    const contact = await product.db.withTenant(tenantId, (tx) =>
      tx.contact.findFirstOrThrow({ where: { tenantId, name } }),
    );
    return contact.id;
  };

  async function exported(tenantId: string, contactId: string): Promise<string> {
    let text = '';
    for await (const piece of exportContact(product.db, { tenantId, contactId })) text += piece;
    return text;
  }

  async function histories(tenantId: string, contactId: string): Promise<string[]> {
    const kinds: string[] = [];
    const query = `VentrosTenantId = '${tenantId}' and VentrosContactId = '${contactId}'`;
    for await (const { type } of product.client.workflow.list({ query })) kinds.push(type);
    return kinds;
  }

  it('removes memory, media and histories, reports it, and remembers what comes later', async function () {
    this.timeout(2 * HISTORIES_LIMIT_MS);
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    await customer.says(`Meu orçamento é até R$ 400 e adoro ${SECRET}`);
    for (const medium of [PHOTO, VIDEO]) await customer.sends(medium);
    await repliesTo(customer, 1);
    const other = newCustomer(product);
    await other.sends(VOICE);
    await repliesTo(other, 1);
    await settled(product, tenantId);
    const contactId = await contactOf(tenantId, customer);
    await eventually('facts', () =>
      product.db.withTenant(tenantId, (tx) => tx.memoryFact.findFirst({ where: { tenantId, contactId } })),
    );
    const [photo] = await product.db.withTenant(tenantId, (tx) =>
      tx.message.findMany({ where: { tenantId, contactId, mediaId: { not: null } } }),
    );
    assert.ok(photo?.mediaId, 'the first contact is the one with the photo');
    const { sha256 } = await product.db.withTenant(tenantId, (tx) =>
      tx.mediaFile.findFirstOrThrow({ where: { tenantId, id: photo.mediaId ?? '' } }),
    );
    const file = path.join(product.config.MEDIA_DIR, tenantId, sha256);
    await access(file);
    assert.match(await exported(tenantId, contactId), /"memory_facts":\[\n\{/);

    const { status, removed } = await forget(tenantId, contactId, 'memory');
    assert.equal(status, 'completed');
    for (const kind of ['embeddings', 'facts', 'media', 'files', 'readings', 'index_entries', 'workflow_histories']) {
      assert.ok((removed[kind] ?? 0) > 0, `${kind}: ${JSON.stringify(removed)}`);
    }
    await assert.rejects(access(file));
    // The server deletes them some time after it agreed to: of a workflow that has just ended, once its queues are that far.
    await eventually(
      'the histories to be gone',
      async () => {
        const left = await histories(tenantId, contactId);
        return left.join() === 'conversationWorkflow';
      },
      HISTORIES_LIMIT_MS,
    );
    const left = await product.db.withTenant(tenantId, async (tx) => ({
      index: await tx.memoryIndex.count({ where: { tenantId, contactId } }),
      embeddings: await tx.memoryEmbedding.count({ where: { tenantId, contactId } }),
      facts: await tx.memoryFact.count({ where: { tenantId, contactId } }),
      messages: await tx.message.count({ where: { tenantId, contactId, fromMe: false, text: { contains: SECRET } } }),
      others: await tx.memoryIndex.count({ where: { tenantId, contactId: { not: contactId } } }),
      costs: await tx.aiCost.count({ where: { tenantId, contactId } }),
      // Frames and sound of the video are media that no message names.
      media: await tx.mediaFile.count({ where: { tenantId } }),
    }));
    assert.deepEqual(
      { index: left.index, embeddings: left.embeddings, facts: left.facts },
      { index: 0, embeddings: 0, facts: 0 },
    );
    assert.equal(left.messages, 1, 'the text itself stays where only the memory is to go');
    assert.ok(left.others > 0 && left.costs > 0);
    assert.equal(left.media, 1, 'the voice note of the other');

    // Written again, it is still not memory; and the agent does not see it either.
    await product.db.withTenant(tenantId, (tx) =>
      tx.message.updateMany({
        where: { tenantId, contactId, fromMe: false, text: { not: null } },
        data: { text: SECRET },
      }),
    );
    assert.equal(
      await product.db.withTenant(tenantId, (tx) => tx.memoryIndex.count({ where: { tenantId, contactId } })),
      0,
    );
    await customer.says('Oi, voltei');
    await repliesTo(customer, 2);
    assert.doesNotMatch(JSON.stringify(agentPrompts(product, customer).at(-1)), new RegExp(SECRET));
    await eventually('the new message in memory', () =>
      product.db.withTenant(tenantId, (tx) => tx.memoryIndex.findFirst({ where: { tenantId, contactId } })),
    );
  });

  it('empties messages too when everything is to go', async () => {
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    await customer.says(`Meu segredo é ${SECRET}`);
    await repliesTo(customer, 1);
    await settled(product, tenantId);
    const contactId = await contactOf(tenantId, customer);
    await product.db.withTenant(tenantId, (tx) =>
      requestErasure(tx, tenantId, { contactId, scope: 'everything', apiKeyId: null }),
    );
    await assert.rejects(
      product.db.withTenant(tenantId, (tx) =>
        requestErasure(tx, tenantId, { contactId, scope: 'memory', apiKeyId: null }),
      ),
      { code: 'CONFLICT' },
    );
    await eventually('the erasure', () =>
      product.db.withTenant(tenantId, (tx) => tx.memoryErasure.findFirst({ where: { tenantId, status: 'completed' } })),
    );
    assert.doesNotMatch(await exported(tenantId, contactId), new RegExp(SECRET));
    assert.ok(
      (await product.db.withTenant(tenantId, (tx) => tx.message.count({ where: { tenantId, contactId } }))) >= 2,
    );
  });
});

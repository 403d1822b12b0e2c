import assert from 'node:assert/strict';
import { enrichmentWorkflowId } from '../../workflows/enrichment/ids';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';
import { ENCRYPTED_PDF, enrichmentsOf, newCustomer, PHOTO, repliesTo, VOICE } from './support';

describe('all failed documents today are one query', () => {
  let product: Product;
  before(async () => {
    product = await startProduct({ settings: { MEDIA_MAX_BYTES: '50000' } });
  });
  after(() => product.stop());

  it('that finds no other outcome and no other kind', async () => {
    const { tenantId } = await product.newShop({ debounceTimeoutMs: 1_000 });
    const customer = newCustomer(product);
    await customer.sends(ENCRYPTED_PDF);
    await customer.sends({ type: 'image', file: { bytes: Buffer.alloc(0), mimetype: 'image/jpeg' } });
    // The last one turns out to be something else than it was sent as.
    for (const readable of [PHOTO, VOICE, { ...PHOTO, type: 'document' as const }]) await customer.sends(readable);
    await repliesTo(customer, 1);

    const today = new Date().toISOString().slice(0, 10);
    const found = async (query: string) => {
      const ids: string[] = [];
      const all = `VentrosTenantId = '${tenantId}' AND CloseTime >= '${today}T00:00:00Z' AND ${query}`;
      for await (const { workflowId } of product.client.workflow.list({ query: all })) ids.push(workflowId);
      return ids.sort();
    };
    // Visibility is a moment behind.
    const ended = `VentrosKind = 'enrichment' AND ExecutionStatus = 'Completed'`;
    await eventually('every enrichment in the list', async () => (await found(ended)).length === 5);
    await eventually('every failure', async () => (await found('VentrosOutcome IS NOT NULL')).length === 2);
    const rows = await enrichmentsOf(product, tenantId);
    const subjectId = rows.find(({ errorCode }) => errorCode === 'DOCUMENT_ENCRYPTED')?.messageId ?? '';
    assert.deepEqual(await found(`VentrosOutcome = 'failed' AND VentrosMediaKind = 'document'`), [
      enrichmentWorkflowId({ tenantId, subjectId }),
    ]);
    assert.equal((await found(`VentrosOutcome = 'failed' AND VentrosMediaKind = 'image'`)).length, 1);
    const read = `${ended} AND VentrosOutcome IS NULL`;
    const readAs = async (kind: string) => (await found(`${read} AND VentrosMediaKind = '${kind}'`)).length;
    assert.deepEqual([await readAs('image'), await readAs('voice'), await readAs('document')], [2, 1, 0]);
  });
});

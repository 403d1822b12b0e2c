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
    for (const readable of [PHOTO, VOICE]) await customer.sends(readable);
    await repliesTo(customer, 1);

    const today = new Date().toISOString().slice(0, 10);
    const found = async (query: string) => {
      const ids: string[] = [];
      const all = `VentrosTenantId = '${tenantId}' AND CloseTime >= '${today}T00:00:00Z' AND ${query}`;
      for await (const { workflowId } of product.client.workflow.list({ query: all })) ids.push(workflowId);
      return ids.sort();
    };
    // Visibility is a moment behind.
    await eventually('every outcome in the list', async () => (await found('VentrosOutcome IS NOT NULL')).length === 4);
    const rows = await enrichmentsOf(product, tenantId);
    const subjectId = rows.find(({ errorCode }) => errorCode === 'DOCUMENT_ENCRYPTED')?.messageId ?? '';
    assert.deepEqual(await found(`VentrosOutcome = 'failed' AND VentrosMediaKind = 'document'`), [
      enrichmentWorkflowId({ tenantId, subjectId }),
    ]);
    assert.equal((await found(`VentrosOutcome = 'failed' AND VentrosMediaKind = 'image'`)).length, 1);
    assert.equal((await found(`VentrosOutcome = 'completed' AND VentrosMediaKind IN ('image', 'voice')`)).length, 2);
  });
});

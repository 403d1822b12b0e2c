import assert from 'node:assert/strict';
import { endDocumentJobs } from '../../core/enrichment/end-document-job';
import { failLostEnrichments } from '../../core/enrichment/lost';
import { giveUpEnrichment, retryEnrichment } from '../../core/enrichment/operator-hold';
import { overloaded } from '../../simulator';
import { presenceOf } from '../../workers/presence';
import { enrichmentWorkflowId } from '../../workflows/enrichment/ids';
import { getState } from '../../workflows/enrichment/messages';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';
import { enrichmentsOf, newCustomer, repliesTo, settled, VOICE } from './support';

describe('an operator ends the wait for a provider', () => {
  let product: Product;
  beforeEach(async () => {
    // So long that only an operator can end it within the test.
    product = await startProduct({ settings: { MEDIA_WAIT_MS: '1000', ENRICHMENT_DEFERRAL_MS: '600000' } });
  });
  afterEach(() => product.stop());

  async function voiceThatWaits() {
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    product.simulator.fault('groq', overloaded('groq'));
    product.simulator.fault('openai', overloaded('openai'), { matchPath: 'audio' });
    const messageId = await customer.sends(VOICE);
    await repliesTo(customer, 1);
    const { id } = await eventually('the wait', async () => {
      const [row] = await enrichmentsOf(product, tenantId);
      return row?.deferredUntil ? row : null;
    });
    const workflow = product.client.workflow.getHandle(
      enrichmentWorkflowId({
        tenantId,
        subjectId: (await enrichmentsOf(product, tenantId))[0]?.messageId ?? messageId,
      }),
    );
    const retry = () => product.db.withTenant(tenantId, (tx) => retryEnrichment(tx, tenantId, id));
    const giveUp = () => product.db.withTenant(tenantId, (tx) => giveUpEnrichment(tx, tenantId, id));
    const ended = (status: string) =>
      eventually(`the enrichment ${status}`, async () => {
        const [row] = await enrichmentsOf(product, tenantId);
        return row?.status === status && row;
      });
    return { tenantId, customer, workflow, retry, giveUp, ended };
  }

  it('by a retry at once, with a turn of its own for the text; one that is done is not retried', async () => {
    const { tenantId, customer, workflow, retry, giveUp, ended } = await voiceThatWaits();
    const state = await eventually('the waiting workflow', async () => {
      const found = await workflow.query(getState);
      return found.waitingUntil ? found : null;
    });
    assert.deepEqual([state.round, state.lastCodes], [1, ['PROVIDER_UNAVAILABLE', 'PROVIDER_UNAVAILABLE']]);
    product.simulator.clearFaults();
    await retry();

    assert.equal((await ended('completed')).errorCode, null);
    await repliesTo(customer, 2);
    await settled(product, tenantId);
    for (const act of [retry, giveUp]) await assert.rejects(act, { code: 'ENRICHMENT_NOT_WAITING' });
  });

  it('by giving up, and one that was given up is read after all by a retry', async () => {
    const { workflow, retry, giveUp, ended } = await voiceThatWaits();
    await giveUp();
    assert.equal((await ended('failed')).errorCode, 'ENRICHMENT_GIVEN_UP');
    assert.deepEqual(await workflow.result(), { hasText: false });
    await assert.rejects(giveUp, { code: 'ENRICHMENT_NOT_WAITING' });

    product.simulator.clearFaults();
    await retry();
    const read = await ended('completed');
    assert.deepEqual([read.errorCode, read.provider], [null, 'groq']);
  });

  it('by cancelling its workflow, which says so on the row and to the conversation, and can be retried', async () => {
    const { workflow, retry, ended } = await voiceThatWaits();
    await workflow.cancel();
    assert.equal((await ended('failed')).errorCode, 'ENRICHMENT_CANCELLED');
    await assert.rejects(workflow.result(), { message: /cancel/i });
    assert.equal((await workflow.describe()).status.name, 'CANCELLED');
    const { events } = await workflow.fetchHistory();
    const told = events?.find((event) => event.signalExternalWorkflowExecutionInitiatedEventAttributes);
    assert.equal(told?.signalExternalWorkflowExecutionInitiatedEventAttributes?.signalName, 'mediaSettled');

    product.simulator.clearFaults();
    await retry();
    assert.equal((await ended('completed')).errorCode, null);
  });

  it('by terminating its workflow, which has no last word: the row says so within minutes, and can be retried', async () => {
    const { tenantId, workflow, retry, ended } = await voiceThatWaits();
    const startedAt = new Date(Date.now() - 120_000);
    await product.db.withTenant(tenantId, (tx) =>
      tx.messageEnrichment.updateMany({ where: { tenantId }, data: { startedAt } }),
    );
    const failLost = () =>
      failLostEnrichments({
        ...product.deps,
        patienceMs: product.config.ENRICHMENT_GIVE_UP_MS,
        endJobs: (of) => endDocumentJobs(product.deps, of),
        // Rows of other tests are none of ours.
        presenceOf: async (subject) =>
          subject.tenantId === tenantId ? presenceOf(product.client, enrichmentWorkflowId(subject)) : 'running',
      });
    assert.equal((await failLost()).lost, 0);
    await workflow.terminate('by an operator');
    assert.equal((await failLost()).lost, 1);
    assert.equal((await failLost()).lost, 0);
    assert.equal((await ended('failed')).errorCode, 'ENRICHMENT_LOST');

    // Until it is delivered, the workflow is still gone.
    await product.stopWorking();
    await retry();
    assert.equal((await failLost()).lost, 0);
    product.simulator.clearFaults();
    await product.startWorking();
    assert.equal((await ended('completed')).errorCode, null);
  });
});

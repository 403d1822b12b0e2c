import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DOCUMENT_WEBHOOK_PATH, documentWebhook } from '../../core/enrichment/document-webhook';
import type { SimulatorScript } from '../../simulator';
import { enrichmentWorkflowId } from '../../workflows/enrichment/ids';
import { eventually } from '../support/eventually';
import { MEDIA_FIXTURES, startProduct, type Product } from '../support/product';
import { enrichmentsOf, newCustomer, repliesTo, scheduledActivities, settled } from './support';

const PDF = readFileSync(path.join(MEDIA_FIXTURES, 'order.pdf'));
const orderOf = (name: string) => ({
  type: 'document' as const,
  file: {
    bytes: Buffer.concat([PDF, Buffer.from(`\n%${name}`)]),
    mimetype: 'application/pdf',
    filename: `${name}.pdf`,
  },
});
const job = (name: string, also: object): NonNullable<SimulatorScript['documents']>[number] => ({
  match: { fileNameIncludes: name },
  pages: [`# ${name}`],
  ...also,
});

describe('a finished document job wakes its workflow', () => {
  let product: Product;
  before(async () => {
    product = await startProduct({
      isPublic: true,
      settings: { DOCUMENT_WEBHOOK_WAIT_MS: '4000' },
      script: {
        documents: [
          job('pronto', { runningMs: 300 }),
          job('esquecido', { runningMs: 300, losesWebhook: true }),
          job('cancelado', { runningMs: 600_000 }),
        ],
      },
    });
  });
  after(() => product.stop());

  const polls = () =>
    product.simulator
      .requests('llamaparse')
      .filter(({ method, path: route }) => method === 'GET' && /pjb-/.test(route));
  const onlyRow = async (tenantId: string) => {
    const rows = await enrichmentsOf(product, tenantId);
    assert.equal(rows.length, 1);
    return rows[0]!;
  };
  const workflowOf = async (tenantId: string) => {
    const { messageId } = await eventually('the enrichment', async () => (await enrichmentsOf(product, tenantId))[0]);
    return enrichmentWorkflowId({ tenantId, subjectId: messageId ?? '' });
  };
  const jobOf = (tenantId: string) =>
    eventually('the job', () =>
      product.db.withTenant(tenantId, (tx) => tx.documentJob.findFirst({ where: { tenantId } })),
    );

  it('by its signed webhook, without a poll while it runs, and pays once', async () => {
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    await customer.sends(orderOf('pronto'));
    await repliesTo(customer, 1);
    await settled(product, tenantId);
    const { status, provider, extractedText } = await onlyRow(tenantId);
    assert.deepEqual([status, provider, extractedText], ['completed', 'llamaparse', '# pronto']);
    const activities = await scheduledActivities(product.client, await workflowOf(tenantId));
    assert.equal(activities.filter(({ type }) => type === 'parseDocument').length, 2);
    // The resumed one looks what the job is, and takes its pages.
    assert.equal(polls().length, 2);
    const costs = await product.db.withTenant(tenantId, (tx) =>
      tx.aiCost.findMany({ where: { tenantId, operation: 'document' } }),
    );
    assert.deepEqual(
      costs.map((cost) => [cost.status, cost.provider]),
      [['settled', 'llamaparse']],
    );
    assert.equal(product.simulator.invoice('llamaparse').length, 1);
    assert.ok((await jobOf(tenantId)).finishedAt);
  });

  it('or is asked for when no webhook comes in time', async () => {
    const { tenantId } = await product.newShop();
    const customer = newCustomer(product);
    await customer.sends(orderOf('esquecido'));
    await repliesTo(customer, 1);
    await settled(product, tenantId);
    const { status, extractedText } = await onlyRow(tenantId);
    assert.deepEqual([status, extractedText], ['completed', '# esquecido']);
    assert.equal((await jobOf(tenantId)).finishedAt, null);
  });

  it('is cancelled at the provider when its workflow is cancelled while it waits', async () => {
    const { tenantId } = await product.newShop();
    await newCustomer(product).sends(orderOf('cancelado'));
    const { jobId } = await jobOf(tenantId);
    const handle = product.client.workflow.getHandle(await workflowOf(tenantId));
    await handle.cancel();
    await eventually('the end of the workflow', async () => (await handle.describe()).status.name === 'CANCELLED');
    const cancelled = product.simulator
      .requests('llamaparse')
      .filter(({ path: route }) => route === `/api/v2/parse/${jobId}/cancel`);
    assert.equal(cancelled.length, 1);
    const { status, errorCode } = await onlyRow(tenantId);
    assert.deepEqual([status, errorCode], ['failed', 'ENRICHMENT_CANCELLED']);
  });

  describe('a webhook', () => {
    const post = async (body: string, signature: string | null) => {
      const url = `${product.config.PUBLIC_URL}${DOCUMENT_WEBHOOK_PATH}`;
      const headers = { 'content-type': 'application/json', ...(signature ? { 'lc-signature': signature } : {}) };
      const response = await fetch(url, { method: 'POST', headers, body });
      const answer = (await response.json()) as { code?: string; status?: unknown };
      return [response.status, answer.code ?? answer.status];
    };
    const signed = (body: string) => {
      const secret = documentWebhook(product.config)?.signingSecret ?? '';
      return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
    };
    const event = (jobId: string) => JSON.stringify({ event_type: 'parse.success', data: { job_id: jobId } });

    it('with a bad signature, or for an unknown job, or that names none, is refused and does nothing', async () => {
      const { tenantId } = await product.newShop();
      await newCustomer(product).sends(orderOf('cancelado'));
      const { jobId } = await jobOf(tenantId);
      const body = event(jobId);
      assert.deepEqual(await post(body, null), [401, 'SIGNATURE_INVALID']);
      assert.deepEqual(await post(body, signed(`${body} `)), [401, 'SIGNATURE_INVALID']);
      assert.deepEqual(await post(body, `sha256=${'0'.repeat(64)}`), [401, 'SIGNATURE_INVALID']);
      assert.deepEqual(await post(event('pjb-of-nobody'), signed(event('pjb-of-nobody'))), [404, 'NOT_FOUND']);
      for (const odd of ['{', '{}', '[]']) assert.deepEqual(await post(odd, signed(odd)), [400, 'BAD_REQUEST']);
      assert.equal((await jobOf(tenantId)).finishedAt, null);
      const events = () =>
        product.db.withSystem((tx) =>
          tx.outboxEvent.count({ where: { tenantId, eventType: 'message.enrichment.document_parsed' } }),
        );
      assert.equal(await events(), 0);

      assert.deepEqual(await post(body, signed(body)), [200, 'accepted']);
      assert.deepEqual(await post(body, signed(body)), [200, 'duplicate']);
      assert.equal(await events(), 1);
    });
  });
});

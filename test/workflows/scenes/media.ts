import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { giveUpEnrichment, retryEnrichment } from '../../../core/enrichment/operator-hold';
import { overloaded, unauthorized } from '../../../simulator';
import { ENCRYPTED_PDF, enrichmentsOf, ORDER_PDF, PHOTO, repliesTo, VIDEO, VOICE } from '../../journeys/support';
import { recording } from '../../media/generated';
import { enrichmentWorkflowId } from '../../../workflows/enrichment/ids';
import { eventually } from '../../support/eventually';
import type { Scene } from './scene';

/** Messages that are not text, and what reads them. */
export const MEDIA_SCENES: Record<string, Scene> = {
  'every-medium': async (_product, customer) => {
    await customer.says('Meu orçamento é até R$ 400');
    for (const medium of [PHOTO, VOICE, VIDEO, ENCRYPTED_PDF]) await customer.sends(medium);
    await repliesTo(customer, 1);
  },
  // One whose kind is as it was sent, one that turns out to be another, and one that fails.
  'a-kind-known-at-the-start': async (_product, customer) => {
    for (const medium of [PHOTO, { ...VOICE, type: 'document' as const }, ENCRYPTED_PDF]) await customer.sends(medium);
    await repliesTo(customer, 1);
  },
  'a-deferred-enrichment': async (product, customer, tenantId) => {
    product.simulator.fault('groq', overloaded('groq'));
    product.simulator.fault('openai', overloaded('openai'), { matchPath: 'audio' });
    await customer.sends(VOICE);
    await repliesTo(customer, 1);
    await eventually('the deferral', async () => (await enrichmentsOf(product, tenantId))[0]?.deferredUntil);
    product.simulator.clearFaults();
    await repliesTo(customer, 2);
  },
  'an-operator-hold': async (product, customer, tenantId) => {
    // Refused keys are not tried again at once, so the breaker stays closed for the last round.
    product.simulator.fault('groq', unauthorized('groq'));
    product.simulator.fault('openai', unauthorized('openai'), { matchPath: 'audio' });
    await customer.sends(VOICE);
    await repliesTo(customer, 1);
    const waiting = await eventually('the wait', async () => {
      const [row] = await enrichmentsOf(product, tenantId);
      return row?.deferredUntil ? row : null;
    });
    const retry = () => product.db.withTenant(tenantId, (tx) => retryEnrichment(tx, tenantId, waiting.id));
    await product.db.withTenant(tenantId, (tx) => giveUpEnrichment(tx, tenantId, waiting.id));
    await sleep(2_000);
    await retry();
    await eventually('the second wait', async () => (await enrichmentsOf(product, tenantId))[0]?.deferredUntil);
    product.simulator.clearFaults();
    await retry();
    await eventually('the text', async () => (await enrichmentsOf(product, tenantId))[0]?.status === 'completed');
  },
  'a-cancelled-enrichment': async (product, customer, tenantId) => {
    product.simulator.fault('groq', unauthorized('groq'));
    product.simulator.fault('openai', unauthorized('openai'), { matchPath: 'audio' });
    await customer.sends(VOICE);
    const subjectId = await eventually('the wait', async () => {
      const [row] = await enrichmentsOf(product, tenantId);
      return row?.deferredUntil ? row.messageId : null;
    });
    await product.client.workflow.getHandle(enrichmentWorkflowId({ tenantId, subjectId })).cancel();
    await eventually('the end', async () => (await enrichmentsOf(product, tenantId))[0]?.status === 'failed');
    await repliesTo(customer, 1);
  },
  'a-long-recording': async (product, customer, tenantId) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'recording-'));
    const file = { path: await recording(folder, { seconds: 660, silences: [[400, 402]] }), mimetype: 'audio/wav' };
    await customer.sends({ type: 'audio', file });
    await eventually('the text', async () => (await enrichmentsOf(product, tenantId))[0]?.status === 'completed');
    rmSync(folder, { recursive: true });
  },
  'a-document-job': async (product, customer) => {
    product.simulator.script({ documents: [{ match: {}, pages: ['# Pedido'], runningMs: 1_000 }] });
    for (const medium of [ORDER_PDF, ENCRYPTED_PDF]) await customer.sends(medium);
    await repliesTo(customer, 1);
    product.simulator.script({});
  },
};

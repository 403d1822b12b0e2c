import assert from 'node:assert/strict';
import { endDocumentJobs } from '../../core/enrichment/end-document-job';
import { failLostEnrichments } from '../../core/enrichment/lost';
import { parseDocument } from '../../core/enrichment/read-document';
import { createLogger } from '../../core/logging/logger';
import { fixture } from '../media/fixtures';
import { newTenant } from '../support/tenant';
import { attempt, newEnrichment, startBench, type Bench } from './support';

const PDF = 'application/pdf';

/** What is left of a document whose workflow was terminated while LlamaParse read it. */
describe('a job that nobody waits for is stopped', () => {
  let bench: Bench;
  let shop: Bench;
  before(async () => void (bench = await startBench({ PUBLIC_URL: 'https://crm.example.com' })));
  beforeEach(async () => {
    await bench.simulator.reset();
    const { tenantId } = await newTenant(bench.deps.db);
    shop = { ...bench, tenantId, inTenant: (work) => bench.deps.db.withTenant(tenantId, work) };
  });
  after(() => bench.stop());

  async function startedJob({ runningMs }: { runningMs: number }) {
    bench.simulator.script({ documents: [{ match: {}, pages: ['um', 'dois'], runningMs, losesWebhook: true }] });
    const file = { bytes: await fixture('order.pdf'), mimeType: PDF, contentType: 'document' };
    const ref = await newEnrichment(shop, file);
    const startedAt = new Date(Date.now() - 120_000);
    await shop.inTenant((tx) =>
      tx.messageEnrichment.updateMany({ where: { id: ref.enrichmentId }, data: { startedAt } }),
    );
    const job = await parseDocument(bench.deps, { ...ref, provider: 'llamaparse', canWait: true }, attempt());
    assert.ok(job);
    return { ...ref, ...job };
  }
  const sweep = () =>
    failLostEnrichments({
      db: bench.deps.db,
      logger: createLogger('test', 'silent'),
      patienceMs: 1,
      // Rows of other tests are none of ours.
      presenceOf: async ({ tenantId }) => (tenantId === shop.tenantId ? 'ended' : 'running'),
      endJobs: (of) => endDocumentJobs(bench.deps, of),
    });
  const cost = () => shop.inTenant((tx) => tx.aiCost.findFirstOrThrow({ where: { tenantId: shop.tenantId } }));
  const cancels = () => bench.simulator.requests('llamaparse').filter(({ path }) => path.endsWith('/cancel')).length;

  it('in time: it costs nothing, and its reservation is given back at once', async () => {
    const { jobId } = await startedJob({ runningMs: 3_600_000 });
    assert.equal((await cost()).status, 'reserved');
    assert.equal((await sweep()).lost, 1);
    const { status, costMicros, uncertainMicros } = await cost();
    assert.deepEqual([status, costMicros, uncertainMicros], ['released', 0n, 0n]);
    const job = await shop.inTenant((tx) => tx.documentJob.findFirstOrThrow({ where: { jobId } }));
    assert.ok(job.finishedAt);
    assert.deepEqual(bench.simulator.invoice('llamaparse'), []);
    assert.equal((await sweep()).lost, 0);
    assert.equal(cancels(), 1);
  });

  it('too late: what it cost is counted, to the page', async () => {
    const { jobId } = await startedJob({ runningMs: 0 });
    await sweep();
    const { status, costMicros, usage, requestIds } = await cost();
    assert.deepEqual([status, usage, requestIds], ['settled', { pages: 2 }, [jobId]]);
    assert.ok(costMicros > 0n);
    assert.equal(bench.simulator.invoice('llamaparse')[0]?.pages, 2);
  });

  it('or perhaps not, where the provider is down: what it may cost counts until an invoice says more', async () => {
    await startedJob({ runningMs: 3_600_000 });
    const { reservedMicros } = await cost();
    bench.simulator.fault('llamaparse', { kind: 'status', status: 503 });
    await sweep();
    const { costMicros, uncertainMicros, status } = await cost();
    assert.deepEqual([status, costMicros, uncertainMicros], ['settled', 0n, reservedMicros]);
  });

  it('and one whose text was taken is left alone', async () => {
    const { tenantId, enrichmentId, jobId } = await startedJob({ runningMs: 0 });
    await parseDocument(
      bench.deps,
      { tenantId, enrichmentId, provider: 'llamaparse', resumeJobId: jobId, jobId },
      attempt(),
    );
    await endDocumentJobs(bench.deps, { tenantId, enrichmentId });
    assert.equal(cancels(), 0);
    assert.deepEqual((await cost()).usage, { pages: 2 });
  });
});

import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { executeBare } from './bare-workflows';
import { besideBare } from './beside-bare';
import { assertAllRead, prepareImages } from './images';
import { executeEnrichment } from './run-enrichment';
import { percentilesOf, timed, type Percentiles } from './timing';

export interface OverheadBenchOptions {
  enrichments: number;
  /** How long the provider takes to answer. */
  providerMs: number;
  jsonFile?: string;
}

export interface OverheadBenchReport {
  name: 'overhead';
  settings: Record<string, unknown>;
  /** Start to finish of the bare workflow with the same two steps: what Temporal takes. */
  baseline: Percentiles;
  /** Start to finish of an enrichment, less what the provider took: the request to it counts as ours. */
  product: Percentiles;
}

/** Warm caches, connections and just-in-time code; not counted. */
const WARM_UP = 30;

/**
 * What reading an image takes beyond its provider's own time when nothing else is going on: one at a time, in turns with the
 * bare workflow of the same two steps.
 */
export async function runOverheadBench(options: OverheadBenchOptions): Promise<OverheadBenchReport> {
  const { enrichments, providerMs } = options;
  const simulatorArgs = ['--latency', String(providerMs)];
  return besideBare({ simulatorArgs }, async ({ stack, client, db, tenantId, queues, machine }) => {
    const ids = await prepareImages(db, stack, { tenantId, count: WARM_UP + enrichments });
    const baselineMs: number[] = [];
    const productMs: number[] = [];
    for (const [index, enrichmentId] of ids.entries()) {
      const bareMs = await timed(() => executeBare(client, { id: randomUUID(), queues, atOnce: false }));
      const tookMs = await timed(() => executeEnrichment(client, { tenantId, enrichmentId, mediaKind: 'image' }));
      if (index < WARM_UP) continue;
      baselineMs.push(bareMs);
      productMs.push(tookMs - providerMs);
    }
    await assertAllRead(db, tenantId, ids);
    const report: OverheadBenchReport = {
      name: 'overhead',
      settings: {
        enrichments,
        providerMs,
        ...machine,
      },
      baseline: percentilesOf(baselineMs),
      product: percentilesOf(productMs),
    };
    if (options.jsonFile) writeFileSync(options.jsonFile, JSON.stringify(report, null, 2));
    return report;
  });
}

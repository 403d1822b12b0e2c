/**
 * Records one history of every kind of run into test/histories, for the replay test. Run it by hand, with DATABASE_URL
 * (a migrated database of its own) and TEMPORAL_ADDRESS set, when a workflow does something no recorded run did:
 *
 *     npm run build && node dist/test/workflows/record-histories.js [<scene>…]
 *
 * They are written as protobuf: the SDK's own JSON converter fails where npm installs several copies of protobufjs.
 * Add recordings, never replace them: they stand for the runs that are in progress when a new version is deployed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { temporal } from '@temporalio/proto';
import { projectRoot } from '../../core/project-root';
import { newCustomer, settled } from '../journeys/support';
import { startProduct, type Product } from '../support/product';
import { AGENTS_SCENES } from './scenes/agents';
import { MEDIA_SCENES } from './scenes/media';
import { MEMORY_SCENES } from './scenes/memory';
import type { Scene } from './scenes/scene';
import { TURNS_SCENES } from './scenes/turns';

const FOLDER = path.join(projectRoot(), 'test/histories');

const SCENES: Record<string, Scene> = { ...MEDIA_SCENES, ...TURNS_SCENES, ...AGENTS_SCENES, ...MEMORY_SCENES };

/** Nobody writes in them, so nothing settles. */
const WITHOUT_MESSAGES = new Set([
  'agents-for-staff',
  'a-history-import',
  'an-import-with-facts',
  'a-document-of-the-company',
]);

/** One file for every run of the tenant. */
async function record(product: Product, scene: string, tenantId: string): Promise<void> {
  const counts = new Map<string, number>();
  for await (const run of product.client.workflow.list({ query: `VentrosTenantId = '${tenantId}'` })) {
    const history = await product.client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
    const number = (counts.get(run.type) ?? 0) + 1;
    counts.set(run.type, number);
    const bytes = temporal.api.history.v1.History.encode(history).finish();
    writeFileSync(path.join(FOLDER, `${run.type}.${scene}.${number}.pb.gz`), gzipSync(bytes));
  }
}

async function main(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const wanted = process.argv.slice(2);
  for (const [name, play] of Object.entries(SCENES)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const product = await startProduct({
      isPublic: name === 'a-document-job',
      settings: {
        MEDIA_WAIT_MS: '3000',
        ENRICHMENT_DEFERRAL_MS: name === 'an-operator-hold' ? '600000' : '2000',
      },
    });
    try {
      const { tenantId } = await product.newShop({ debounceTimeoutMs: name === 'every-medium' ? 1_000 : 100 });
      await play(product, newCustomer(product), tenantId);
      if (!WITHOUT_MESSAGES.has(name)) await settled(product, tenantId);
      await sleep(3_000);
      await record(product, name, tenantId);
      console.log(`recorded ${name}`);
    } finally {
      await product.stop();
    }
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

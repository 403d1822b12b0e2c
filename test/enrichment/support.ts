import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Tx } from '../../core/database';
import { newId } from '../../core/ids';
import { createLogger } from '../../core/logging/logger';
import { loadPrices, type PriceTable } from '../../core/money/price-table';
import { startSimulator, type Simulator } from '../../simulator';
import { createWorkerDeps, type WorkerDeps } from '../../workers/deps';
import { configFor } from '../providers/support';
import { testDatabaseUrl, testPreparedStatements } from '../support/database';
import { newTenant } from '../support/tenant';

/** What the activities use, with every provider at a simulator of its own. */
export interface Bench {
  deps: WorkerDeps;
  simulator: Simulator;
  prices: PriceTable;
  tenantId: string;
  inTenant<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

export async function startBench(settings: Record<string, string> = {}): Promise<Bench> {
  const simulator = await startSimulator();
  const mediaDir = await mkdtemp(path.join(tmpdir(), 'ventros-test-media-'));
  const config = configFor(simulator.urls, {
    DATABASE_URL: testDatabaseUrl(),
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    DATABASE_MAX_CONNECTIONS: '4',
    DATABASE_PREPARED_STATEMENTS: testPreparedStatements(),
    MEDIA_DIR: mediaDir,
    ...settings,
  });
  const deps = createWorkerDeps(config, createLogger('test', 'silent'));
  const { tenantId } = await newTenant(deps.db);
  return {
    deps,
    simulator,
    prices: loadPrices(),
    tenantId,
    inTenant: (work) => deps.db.withTenant(tenantId, work),
    async stop() {
      await simulator.stop();
      await deps.db.close();
      await rm(mediaDir, { recursive: true, force: true });
    },
  };
}

/** An enrichment of a stored file that waits to be read. */
export async function newEnrichment(
  { deps, tenantId, inTenant }: Bench,
  file: { bytes: Buffer; mimeType: string; contentType: string },
): Promise<{ tenantId: string; enrichmentId: string; mediaId: string }> {
  const stored = await deps.mediaStore.put(tenantId, file.bytes);
  const enrichmentId = newId();
  const mediaId = await inTenant(async (tx) => {
    const { id } = await tx.mediaFile.upsert({
      where: { tenantId_sha256: { tenantId, sha256: stored.sha256 } },
      create: { id: newId(), tenantId, ...stored, mimeType: file.mimeType },
      update: {},
    });
    await tx.messageEnrichment.create({
      data: { id: enrichmentId, tenantId, mediaId: id, contentType: file.contentType, status: 'processing' },
    });
    return id;
  });
  return { tenantId, enrichmentId, mediaId };
}

/** One attempt of an activity; attempts with the same key are retries of one another. */
export function attempt(activityKey = `test/${newId()}`) {
  return { activityKey, signal: new AbortController().signal, onProgress: () => undefined };
}

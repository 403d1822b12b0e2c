import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { createDatabase, type Database } from '../../core/database';
import { newId } from '../../core/ids';
import { createLocalMediaStore } from '../../core/media/store';
import { projectRoot } from '../../core/project-root';
import { startStack, type Stack } from '../embedded/stack';
import { measured, type Measured } from './percentiles';
import { executeEnrichment } from './run-enrichment';
import { newBenchTenant } from './tenant';

export interface LatencyBenchOptions {
  perMinute: number;
  minutes: number;
  jsonFile?: string;
}

export interface LatencyBenchReport {
  name: 'enrichment-latency';
  settings: Record<string, unknown>;
  product: Measured;
  byKind: Record<string, Measured>;
}

/** A busy shop's mix: mostly photos and voice notes. */
const MIX = [
  { contentType: 'image', file: 'photo.jpg', mimeType: 'image/jpeg', share: 0.5 },
  { contentType: 'voice', file: 'voice.ogg', mimeType: 'audio/ogg', share: 0.35 },
  { contentType: 'document', file: 'order.pdf', mimeType: 'application/pdf', share: 0.15 },
] as const;

interface Job {
  enrichmentId: string;
  kind: string;
}

/**
 * How long an enrichment takes, start to finish, while so many come each minute and the providers take their usual time
 * (vision 1–2 s, speech 2–4 s, documents 6 s). Open loop: a slow one delays nobody's start.
 */
export async function runLatencyBench({
  perMinute,
  minutes,
  jsonFile,
}: LatencyBenchOptions): Promise<LatencyBenchReport> {
  const simulatorArgs = ['--latency', 'design'];
  const stack = await startStack({ dataDir: null, simulator: true, simulatorArgs, env: { LOG_LEVEL: 'warn' } });
  const connection = await Connection.connect({ address: stack.urls.temporal });
  const client = new Client({ connection });
  const db = createDatabase({ url: stack.urls.database });
  try {
    const jobs = await prepare(db, stack, Math.round(perMinute * minutes));
    const latencies: { kind: string; ms: number }[] = [];
    const startedAt = performance.now();
    await Promise.all(
      jobs.list.map(async ({ enrichmentId, kind }, index) => {
        await sleep((index * 60_000) / perMinute);
        const begunAt = performance.now();
        const { hasText } = await executeEnrichment(client, {
          tenantId: jobs.tenantId,
          enrichmentId,
          mediaKind: kind,
        });
        if (!hasText) throw new Error(`the ${kind} ${enrichmentId} was not read`);
        latencies.push({ kind, ms: performance.now() - begunAt });
      }),
    );
    const tookMs = performance.now() - startedAt;
    const of = (kind?: string) =>
      measured(
        latencies.filter((one) => kind === undefined || one.kind === kind).map(({ ms }) => ms),
        tookMs,
      );
    const report: LatencyBenchReport = {
      name: 'enrichment-latency',
      settings: { perMinute, minutes, mix: MIX, cores: cpus().length, cpu: cpus()[0]?.model },
      product: of(),
      byKind: Object.fromEntries(MIX.map(({ contentType }) => [contentType, of(contentType)])),
    };
    if (jsonFile) writeFileSync(jsonFile, JSON.stringify(report, null, 2));
    return report;
  } finally {
    await db.close();
    await connection.close();
    await stack.stop();
  }
}

/** The same few files again and again, each in a context of its own, so that no text is reused. */
async function prepare(db: Database, stack: Stack, count: number): Promise<{ tenantId: string; list: Job[] }> {
  const { tenantId } = await newBenchTenant(db);
  const store = createLocalMediaStore(String(stack.env['MEDIA_DIR']));
  const files = await Promise.all(
    MIX.map(async ({ file, ...kind }) => {
      const bytes = readFileSync(path.join(projectRoot(), 'test/fixtures/media', file));
      return { ...kind, id: newId(), ...(await store.put(tenantId, bytes)) };
    }),
  );
  const rows = Array.from({ length: count }, (_, index) => {
    const place = ((index * 7) % 20) / 20;
    const kind = files.find((_file, at) => place < shareUpTo(at)) ?? files[0];
    return {
      id: newId(),
      tenantId,
      mediaId: kind?.id,
      contentType: kind?.contentType ?? 'image',
      context: `bench-${index}`,
    };
  });
  await db.withTenant(tenantId, async (tx) => {
    await tx.mediaFile.createMany({
      data: files.map(({ id, sha256, sizeBytes, mimeType }) => ({ id, tenantId, sha256, sizeBytes, mimeType })),
    });
    await tx.messageEnrichment.createMany({ data: rows });
  });
  return { tenantId, list: rows.map(({ id, contentType }) => ({ enrichmentId: id, kind: contentType })) };
}

function shareUpTo(index: number): number {
  return MIX.slice(0, index + 1).reduce((sum, { share }) => sum + share, 0);
}

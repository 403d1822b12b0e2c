import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { createDatabase, type Database } from '../../core/database';
import { newId } from '../../core/ids';
import { createLocalMediaStore } from '../../core/media/store';
import { projectRoot } from '../../core/project-root';
import { startStack, type Stack } from '../embedded/stack';
import { startEnrichment } from './run-enrichment';
import { newBenchTenant } from './tenant';

export const MEDIA = {
  image: { file: 'photo.jpg', mimeType: 'image/jpeg' },
  voice: { file: 'voice.ogg', mimeType: 'audio/ogg' },
  document: { file: 'order.pdf', mimeType: 'application/pdf' },
  video: { file: 'video.mp4', mimeType: 'video/mp4' },
} as const;
export type Kind = keyof typeof MEDIA;

export interface Job {
  tenantId: string;
  enrichmentId: string;
  kind: Kind;
}

/** How long one took, from its start to its text, by the clock of this machine. */
export interface Done extends Job {
  ms: number;
}

/** Starts at once keep the server busy and no more. */
const STARTS_AT_ONCE = 50;
const LOOK_EVERY_MS = 250;

/** The product with providers at their usual speed (vision 1–2 s, speech 2–4 s, documents 6 s), and enrichments for it. */
export interface LoadStage {
  stack: Stack;
  newTenant(): Promise<string>;
  prepare(tenantId: string, kinds: Kind[]): Promise<Job[]>;
  /** Each at its time, whether or not the ones before it are done. @param atMs after now; 0 for all without it */
  run(jobs: Job[], atMs?: (index: number) => number): Promise<Done[]>;
  /** The most memory the workers had since the last call. */
  peakWorkersMb(): number;
  settings(): Record<string, unknown>;
  close(): Promise<void>;
}

export async function openLoadStage(): Promise<LoadStage> {
  const stack = await startStack({
    dataDir: null,
    simulator: true,
    simulatorArgs: ['--latency', 'design'],
    env: { LOG_LEVEL: 'warn' },
  });
  const connection = await Connection.connect({ address: stack.urls.temporal });
  const client = new Client({ connection });
  const db = createDatabase({ url: stack.urls.database });
  const store = createLocalMediaStore(String(stack.env['MEDIA_DIR']));
  let peakMb = 0;
  const watching = setInterval(() => {
    peakMb = Math.max(peakMb, residentMb(stack.processes.get('workers')?.pid));
  }, 500);
  return {
    stack,
    newTenant: async () => (await newBenchTenant(db)).tenantId,
    prepare: (tenantId, kinds) => prepare(db, store, { tenantId, kinds }),
    async run(jobs, atMs = () => 0) {
      const startedAt = new Map<string, number>();
      const begunAt = Date.now();
      const waiting = jobs.map((job, index) => ({ job, at: begunAt + atMs(index) }));
      async function lane(): Promise<void> {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          const { job, at } = next;
          await sleep(Math.max(0, at - Date.now()));
          startedAt.set(job.enrichmentId, Date.now());
          await startEnrichment(client, { ...job, mediaKind: job.kind });
        }
      }
      await Promise.all(Array.from({ length: STARTS_AT_ONCE }, lane));
      const endedAt = await untilRead(db, jobs);
      return jobs.map((job) => {
        const { enrichmentId } = job;
        return { ...job, ms: (endedAt.get(enrichmentId) ?? 0) - (startedAt.get(enrichmentId) ?? 0) };
      });
    },
    peakWorkersMb() {
      const peak = peakMb;
      peakMb = 0;
      return peak;
    },
    settings: () => ({
      cores: cpus().length,
      cpu: cpus()[0]?.model,
      node: process.version,
      database: stack.processes.has('database') ? 'embedded' : 'server',
      providers: 'simulated: vision 1-2 s, speech 2-4 s, documents 6 s',
    }),
    async close() {
      clearInterval(watching);
      await db.close();
      await connection.close();
      await stack.stop();
    },
  };
}

/** The same few files again and again, each in a context of its own, so that no text is reused. */
async function prepare(
  db: Database,
  store: ReturnType<typeof createLocalMediaStore>,
  { tenantId, kinds }: { tenantId: string; kinds: Kind[] },
): Promise<Job[]> {
  const mediaIds = new Map<Kind, string>();
  for (const kind of new Set(kinds)) {
    const { file, mimeType } = MEDIA[kind];
    const stored = await store.put(tenantId, readFileSync(path.join(projectRoot(), 'test/fixtures/media', file)));
    const { sha256, sizeBytes } = stored;
    const { id } = await db.withTenant(tenantId, (tx) =>
      tx.mediaFile.upsert({
        where: { tenantId_sha256: { tenantId, sha256 } },
        create: { id: newId(), tenantId, sha256, sizeBytes, mimeType },
        update: {},
      }),
    );
    mediaIds.set(kind, id);
  }
  const rows = kinds.map((kind) => {
    const id = newId();
    return { id, tenantId, mediaId: mediaIds.get(kind) ?? null, contentType: kind, context: `bench-${id}` };
  });
  await db.withTenant(tenantId, (tx) => tx.messageEnrichment.createMany({ data: rows }));
  return rows.map(({ id, contentType }) => ({ tenantId, enrichmentId: id, kind: contentType }));
}

/** When each of them ended, in milliseconds since 1970. @throws Error when one was not read */
async function untilRead(db: Database, jobs: Job[]): Promise<Map<string, number>> {
  const tenants = [...new Set(jobs.map(({ tenantId }) => tenantId))];
  for (;;) {
    let open = 0;
    for (const tenantId of tenants) {
      const where = { tenantId, status: { in: ['pending', 'processing'] } };
      open += await db.withTenant(tenantId, (tx) => tx.messageEnrichment.count({ where }));
    }
    if (open === 0) break;
    await sleep(LOOK_EVERY_MS);
  }
  const endedAt = new Map<string, number>();
  for (const tenantId of tenants) {
    const rows = await db.withTenant(tenantId, (tx) =>
      tx.messageEnrichment.findMany({
        where: { tenantId },
        select: { id: true, status: true, completedAt: true, errorCode: true, contentType: true },
      }),
    );
    for (const { id, status, completedAt, errorCode, contentType } of rows) {
      if (status !== 'completed') throw new Error(`a ${contentType} was not read: ${errorCode}`);
      endedAt.set(id, completedAt?.getTime() ?? 0);
    }
  }
  return endedAt;
}

function residentMb(pid: number | undefined): number {
  if (pid === undefined) return 0;
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1] ?? 0);
    return Math.round((pages * 4096) / 1024 / 1024);
  } catch (error) {
    // Not Linux, or it is being started again.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
}

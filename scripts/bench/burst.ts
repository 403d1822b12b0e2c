import { writeFileSync } from 'node:fs';
import { openLoadStage, type Done, type Kind, type LoadStage } from './enrichment-load';
import { measured, round, type Measured } from './percentiles';

export interface BurstBenchOptions {
  /** Enrichments that are asked for at once. */
  count: number;
  /** How long voice notes come, once alone and once beside the videos. */
  seconds: number;
  /** Videos that come at once, when the voice notes begin. */
  videos: number;
  jsonFile?: string;
}

export interface BurstBenchReport {
  name: 'burst';
  settings: Record<string, unknown>;
  /** From the first start to the last text. */
  burst: Measured & { tookSeconds: number; workersPeakMb: number; byKind: Record<string, Measured> };
  voice: { alone: Measured; besideVideos: Measured; p95ChangeRatio: number; isHeld: boolean };
}

/** A busy shop's mix, in twentieths: mostly photos and voice notes. */
const MIX: readonly Kind[] = [
  ...Array.from({ length: 10 }, (): Kind => 'image'),
  ...Array.from({ length: 7 }, (): Kind => 'voice'),
  ...Array.from({ length: 3 }, (): Kind => 'document'),
];
/** Of voice notes: below what the speech provider's ten places can take (3.3 a second), as on an ordinary day. */
const VOICE_PER_SECOND = 1.5;
/** How much later a burst of video may make the P95 of the voice notes. */
const MOST_CHANGE = 0.2;

/**
 * What a burst comes to while the providers take their usual time; and whether voice notes, which people wait for, notice a
 * burst of video.
 */
export async function runBurstBench(options: BurstBenchOptions): Promise<BurstBenchReport> {
  const stage = await openLoadStage();
  try {
    const tenantId = await stage.newTenant();
    await stage.run(await stage.prepare(tenantId, [...MIX, 'video']));
    const voices = async (videos: number) => {
      const owner = await stage.newTenant();
      const count = Math.round(options.seconds * VOICE_PER_SECOND);
      const kinds = [...Array<Kind>(videos).fill('video'), ...Array<Kind>(count).fill('voice')];
      const jobs = await stage.prepare(owner, kinds);
      const done = await stage.run(jobs, (index) => Math.max(0, ((index - videos) * 1000) / VOICE_PER_SECOND));
      return summary(done.filter(({ kind }) => kind === 'voice'));
    };
    console.error('voice notes alone');
    const alone = await voices(0);
    console.error(`voice notes beside ${options.videos} videos`);
    const besideVideos = await voices(options.videos);
    console.error(`${options.count} at once`);
    const burst = await measureBurst(stage, tenantId, options.count);
    const change = besideVideos.p95Ms / alone.p95Ms - 1;
    const report: BurstBenchReport = {
      name: 'burst',
      settings: { ...options, voicePerSecond: VOICE_PER_SECOND, ...stage.settings() },
      burst,
      voice: { alone, besideVideos, p95ChangeRatio: Math.round(change * 1000) / 1000, isHeld: change <= MOST_CHANGE },
    };
    if (options.jsonFile) writeFileSync(options.jsonFile, JSON.stringify(report, null, 2));
    return report;
  } finally {
    await stage.close();
  }
}

async function measureBurst(stage: LoadStage, tenantId: string, count: number): Promise<BurstBenchReport['burst']> {
  const kinds = Array.from({ length: count }, (_, index) => MIX[(index * 7) % MIX.length] ?? 'image');
  const jobs = await stage.prepare(tenantId, kinds);
  stage.peakWorkersMb();
  const begunAt = performance.now();
  const done = await stage.run(jobs);
  const tookMs = performance.now() - begunAt;
  const ofKind = (kind: Kind) => done.filter((one) => one.kind === kind);
  return {
    ...measured(msOf(done), tookMs),
    tookSeconds: round(tookMs / 1000),
    workersPeakMb: stage.peakWorkersMb(),
    byKind: Object.fromEntries([...new Set(MIX)].map((kind) => [kind, measured(msOf(ofKind(kind)), tookMs)])),
  };
}

const msOf = (done: Done[]) => done.map(({ ms }) => ms);
const summary = (done: Done[]) => measured(msOf(done), (done.length * 1000) / VOICE_PER_SECOND);

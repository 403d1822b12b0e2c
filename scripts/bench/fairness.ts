import { writeFileSync } from 'node:fs';
import { openLoadStage, type Done, type Job, type Kind } from './enrichment-load';
import { measured, type Measured } from './percentiles';

export interface FairnessBenchOptions {
  /** Tenants that send at their own pace. */
  tenants: number;
  /** How long they send. */
  seconds: number;
  jsonFile?: string;
}

export interface FairnessBenchReport {
  name: 'fairness';
  settings: Record<string, unknown>;
  others: { alone: Measured; besideNoisy: Measured; p95ChangeRatio: number; isHeld: boolean };
  noisy: Measured;
}

/** Photos a minute of each tenant. Ten of them leave the vision provider's ten places (6.7 a second) two thirds free. */
const PER_MINUTE = 12;
/** The noisy tenant has as many photos as twenty others, and all at once. */
const NOISY_SHARE = 20;
/** How much later that may make the P95 of the others. */
const MOST_CHANGE = 0.25;

/**
 * Whether tenants notice that another one sends twenty times its share at once: each has its fairness key, so the queue serves
 * them in turns (`matching.enableFairness` of the Temporal server).
 */
export async function runFairnessBench(options: FairnessBenchOptions): Promise<FairnessBenchReport> {
  const stage = await openLoadStage();
  try {
    const each = Math.max(1, Math.round((options.seconds * PER_MINUTE) / 60));
    const photos = (count: number) => Array<Kind>(count).fill('image');
    const round = async (noisyCount: number) => {
      const noisyId = await stage.newTenant();
      const noisy = await stage.prepare(noisyId, photos(noisyCount));
      const others: Job[][] = [];
      for (let tenant = 0; tenant < options.tenants; tenant++) {
        others.push(await stage.prepare(await stage.newTenant(), photos(each)));
      }
      // One of each tenant in turn, evenly over the time.
      const inTurn = Array.from({ length: each }, (_, index) => others.flatMap((jobs) => jobs[index] ?? [])).flat();
      const jobs = [...noisy, ...inTurn];
      const betweenMs = (options.seconds * 1000) / inTurn.length;
      const done = await stage.run(jobs, (index) => Math.max(0, (index - noisyCount) * betweenMs));
      return {
        others: summary(done.slice(noisyCount), options.seconds),
        noisy: summary(done.slice(0, noisyCount), options.seconds),
      };
    };
    await stage.run(await stage.prepare(await stage.newTenant(), photos(30)));
    console.error('the others alone');
    const alone = await round(0);
    console.error(`beside ${NOISY_SHARE * each} photos of one tenant`);
    const beside = await round(NOISY_SHARE * each);
    const change = beside.others.p95Ms / alone.others.p95Ms - 1;
    const report: FairnessBenchReport = {
      name: 'fairness',
      settings: { ...options, perMinuteEach: PER_MINUTE, noisyShare: NOISY_SHARE, ...stage.settings() },
      others: {
        alone: alone.others,
        besideNoisy: beside.others,
        p95ChangeRatio: Math.round(change * 1000) / 1000,
        isHeld: change <= MOST_CHANGE,
      },
      noisy: beside.noisy,
    };
    if (options.jsonFile) writeFileSync(options.jsonFile, JSON.stringify(report, null, 2));
    return report;
  } finally {
    await stage.close();
  }
}

const summary = (done: Done[], seconds: number) =>
  measured(
    done.map(({ ms }) => ms),
    seconds * 1000,
  );

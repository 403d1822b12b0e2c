import {
  ApplicationFailure,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { EnrichmentActivities } from '../../activities/enrichment';
import { isFileFault, isWorthWaiting } from '../../core/enrichment/rules';
import type { EnrichmentPart, EnrichmentPlan } from '../../core/enrichment/types';
import { conversationWorkflowId } from '../conversation/ids';
import { mediaSettled } from '../conversation/messages';
import { AT_ONCE, atOnce } from '../shared/at-once';
import { toFailure } from '../shared/failures';
import { workflowPriority } from '../shared/priority';
import { DATABASE_ACTIVITY, providerActivity, QUEUES, speechQueue, type QueueName } from '../shared/queues';
import { remember } from '../shared/remember';
import { outcomeAttributes } from '../shared/search-attributes';
import type { Failure } from '../shared/wait-for-provider';
import { documentJobs, type DocumentJobs } from './document-jobs';
import { getState, giveUp, retryNow } from './messages';
import type { EnrichmentInput, EnrichmentOutcome, EnrichmentState } from './types';

const database = proxyActivities<EnrichmentActivities>(DATABASE_ACTIVITY);
const local = proxyLocalActivities<EnrichmentActivities>(AT_ONCE);
const planAtOnce = atOnce(local.planEnrichment, database.planEnrichment);
const channel = proxyActivities<EnrichmentActivities>(providerActivity(QUEUES.channel, 90_000));
/** Above the longest a call may take, so that the call ends first and says why. */
const START_TO_CLOSE_MS = { vision: 75_000, speech: 150_000, documents: 21 * 60_000, media: 660_000 };

type ReadPlan = Extract<EnrichmentPlan, { step: 'read' }>;

/**
 * One medium becomes text. Each provider attempt is one visible activity; when every provider is down the workflow
 * waits and tries the chain again, for hours, unless an operator says now or never. It ends by telling the conversation,
 * also when it is cancelled: its row must not stay under way.
 */
export async function enrichmentWorkflow(input: EnrichmentInput): Promise<EnrichmentOutcome> {
  let settled: Settled;
  try {
    settled = await readMedium(input, { hold: operatorHold(), jobs: documentJobs() });
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => endCancelled(input));
    throw error;
  }
  await tellOutcome(input, settled);
  return { hasText: settled.hasText };
}

/** A row that is settled by now stays as it is. */
async function endCancelled(input: EnrichmentInput): Promise<void> {
  const { tenantId, enrichmentId, mediaKind } = input;
  const message = 'Its workflow was cancelled; a retry starts it again';
  await database.failEnrichment({ tenantId, enrichmentId, code: 'ENRICHMENT_CANCELLED', message });
  await tellOutcome(input, { hasText: false, mediaKind });
}

async function tellOutcome(input: EnrichmentInput, { hasText, mediaKind }: Settled): Promise<void> {
  // Plans of older versions have no kind, so runs that have only those replay as they were recorded.
  if (mediaKind !== undefined) {
    const outcome = hasText ? 'completed' : 'failed';
    const attributes = outcomeAttributes({ outcome, mediaKind, atStart: input.mediaKind });
    if (attributes.length > 0) upsertSearchAttributes(attributes);
  }
  await announce(input, hasText);
}

type OperatorHold = ReturnType<typeof operatorHold>;

/** Lets an operator look at the wait for a chain that is down, and end it. */
function operatorHold() {
  const state: EnrichmentState = { round: 0, waitingUntil: null, lastCodes: [] };
  // Kept until a wait consumes it: the row waits a moment before the workflow does, and may be retried in between.
  let asked: 'retry' | 'give up' | null = null;
  setHandler(retryNow, () => void (asked ??= 'retry'));
  setHandler(giveUp, () => void (asked = 'give up'));
  setHandler(getState, () => state);
  return {
    failed(round: number, codes: string[]): void {
      state.round = round + 1;
      state.lastCodes = codes;
    },
    async wait(waitMs: number): Promise<void> {
      state.waitingUntil = new Date(Date.now() + waitMs).toISOString();
      if (patched('operator-hold')) await condition(() => asked !== null, waitMs);
      else await sleep(waitMs);
      state.waitingUntil = null;
      asked = null;
    },
  };
}

interface Settled {
  hasText: boolean;
  mediaKind: string | undefined;
}

/** What signals tell a workflow while it runs. */
interface Told {
  hold: OperatorHold;
  jobs: DocumentJobs;
}

async function readMedium(input: EnrichmentInput, { hold, jobs }: Told): Promise<Settled> {
  const ref = { tenantId: input.tenantId, enrichmentId: input.enrichmentId };
  let waitedMs = 0;
  for (let round = 0; ; round++) {
    const { mediaKind, failures } = await readOnce(input, jobs);
    if (typeof failures === 'boolean') return { hasText: failures, mediaKind };
    const last = failures[failures.length - 1] ?? {
      code: 'PROVIDER_NOT_CONFIGURED',
      message: 'No provider is configured',
    };
    const codes = failures.length > 0 ? failures.map(({ code }) => code) : [last.code];
    hold.failed(round, codes);
    const waitMs =
      codes.some(isFileFault) || !isWorthWaiting(codes)
        ? null
        : await database.deferEnrichment({ ...ref, ...last, round, waitedMs });
    if (waitMs === null) {
      await database.failEnrichment({ ...ref, ...last });
      return { hasText: false, mediaKind };
    }
    // One that was given up meanwhile is settled, as the next round's plan finds.
    await hold.wait(waitMs);
    waitedMs += waitMs;
  }
}

interface Round {
  mediaKind: string | undefined;
  /** True or false when the medium is settled, else why no provider could read it. */
  failures: boolean | Failure[];
}

async function readOnce(input: EnrichmentInput, jobs: DocumentJobs): Promise<Round> {
  const { tenantId, enrichmentId } = input;
  const ref = { tenantId, enrichmentId };
  let plan = await (input.atOnce ? planAtOnce : database.planEnrichment)(ref);
  if (plan.step === 'fetch') {
    try {
      plan = await channel.fetchMedia(ref);
    } catch (error) {
      return { mediaKind: plan.mediaKind, failures: [toFailure(error)] };
    }
  }
  const { mediaKind } = plan;
  if (plan.step === 'settled') return { mediaKind, failures: plan.hasText };
  if (plan.step === 'fetch')
    throw ApplicationFailure.nonRetryable('fetched media cannot ask to be fetched', 'INTERNAL_ERROR');
  return { mediaKind, failures: (await readWithChain(ref, plan, jobs)) ?? true };
}

type Ref = { tenantId: string; enrichmentId: string };
type PartOf = { provider: string; part?: EnrichmentPart };

/** The activities that read, each on the queue of its provider, with the priority of this kind of medium. */
function readers(ref: Ref, { priorityKey }: ReadPlan) {
  const on = (queue: QueueName, startToCloseMs: number) =>
    proxyActivities<EnrichmentActivities>({
      ...providerActivity(queue, startToCloseMs),
      priority: workflowPriority({ tenantId: ref.tenantId, priorityKey }),
    });
  const vision = on(QUEUES.vision, START_TO_CLOSE_MS.vision);
  const documents = on(QUEUES.documents, START_TO_CLOSE_MS.documents);
  const media = on(QUEUES.media, START_TO_CLOSE_MS.media);
  return {
    describeImage: (of: PartOf) => vision.describeImage({ ...ref, ...of }),
    documents,
    extractVideo: () => media.extractVideo(ref),
    cutSound: () => media.cutSound(ref),
    transcribe: (of: PartOf) => {
      const speech = on(speechQueue(of.provider), START_TO_CLOSE_MS.speech);
      return speech.transcribe({ ...ref, ...of });
    },
  };
}

async function readWithChain(ref: Ref, plan: ReadPlan, jobs: DocumentJobs): Promise<Failure[] | null> {
  const read = readers(ref, plan);
  switch (plan.kind) {
    case 'image':
      return firstThatReads(plan.providers, (provider) => read.describeImage({ provider }));
    case 'speech':
      if (plan.mayBeLong) return readLongSound(ref, plan);
      return firstThatReads(plan.providers, (provider) => read.transcribe({ provider }));
    case 'document':
      return firstThatReads(plan.providers, (provider) => jobs.parse({ ...ref, provider }, read.documents));
    case 'video':
      return readVideo(ref, plan);
  }
}

/** Tries the providers in order. Null when one of them read it; a fault of the file ends the chain at once. */
async function firstThatReads(
  providers: string[],
  read: (provider: string) => Promise<void>,
): Promise<Failure[] | null> {
  const failures: Failure[] = [];
  for (const provider of providers) {
    try {
      await read(provider);
      return null;
    } catch (error) {
      const failure = toFailure(error);
      failures.push(failure);
      if (isFileFault(failure.code)) break;
    }
  }
  return failures;
}

/** Pieces of one recording that are read at once: more would keep other customers' voice notes waiting. */
const PIECES_AT_ONCE = 3;

/**
 * A recording that may be long is looked into and read in pieces when it is, each by the whole chain. What a provider may
 * do later is waited for, the pieces that are read already are not read again; what nobody can read is named in the result.
 */
async function readLongSound(ref: Ref, plan: ReadPlan): Promise<Failure[] | null> {
  const read = readers(ref, plan);
  try {
    const sound = await read.cutSound();
    if (sound.pieces.length === 0) {
      return await firstThatReads(plan.providers, (provider) => read.transcribe({ provider }));
    }
    const unread = await readPieces(read, plan.providers, sound.pieces);
    const failures = unread.flatMap((piece) => piece.failures);
    if (unread.length === sound.pieces.length || isWorthWaiting(failures.map(({ code }) => code))) return failures;
    await database.composeSound({ ...ref, sound, unread: unread.map(({ key }) => key) });
    return null;
  } catch (error) {
    return [toFailure(error)];
  }
}

interface Unread {
  key: string;
  failures: Failure[];
}

/** Some at once, each lane taking the next piece that nobody has. Answers those that no provider could read. */
async function readPieces(
  read: ReturnType<typeof readers>,
  providers: string[],
  pieces: EnrichmentPart[],
): Promise<Unread[]> {
  const unread: Unread[] = [];
  const left = [...pieces];
  const lane = async (): Promise<void> => {
    for (let part = left.shift(); part !== undefined; part = left.shift()) {
      const piece = part;
      const failures = await firstThatReads(providers, (provider) => read.transcribe({ provider, part: piece }));
      if (failures !== null) unread.push({ key: piece.key, failures });
    }
  };
  await Promise.all(Array.from({ length: PIECES_AT_ONCE }, lane));
  return unread;
}

/** Frames and sound are read side by side; what nobody can read is named in the result instead of losing the rest. */
async function readVideo(ref: Ref, plan: ReadPlan): Promise<Failure[] | null> {
  const read = readers(ref, plan);
  try {
    const video = await read.extractVideo();
    const pieces = video.pieces ?? [];
    const parts = [...video.frames, ...(video.sound ? [video.sound] : [])];
    const [unreadPieces, ...outcomes] = await Promise.all([
      readPieces(read, plan.speechProviders, pieces),
      ...parts.map(async (part) => ({
        key: part.key,
        failures:
          part === video.sound
            ? await firstThatReads(plan.speechProviders, (provider) => read.transcribe({ provider, part }))
            : await firstThatReads(plan.visionProviders, (provider) => read.describeImage({ provider, part })),
      })),
    ]);
    const unread = [...unreadPieces, ...outcomes.filter(({ failures }) => failures !== null)];
    if (unread.length === parts.length + pieces.length) return unread.flatMap(({ failures }) => failures ?? []);
    await database.composeVideo({ ...ref, video, unread: unread.map(({ key }) => key) });
    return null;
  } catch (error) {
    return [toFailure(error)];
  }
}

/** Tells the conversation. When none is running, its turns are over, so the text goes into memory from here. */
async function announce(input: EnrichmentInput, hasText: boolean): Promise<void> {
  const { tenantId, messageId, conversation, isRemembered } = input;
  if (!messageId || !conversation) return;
  try {
    const handle = getExternalWorkflowHandle(conversationWorkflowId(conversation));
    await handle.signal(mediaSettled, { messageId, hasText, isRemembered });
  } catch (error) {
    if (isCancellation(error)) throw error;
    if (!hasText || !isRemembered) return;
    await remember({ tenantId, contactId: conversation.contactId, messageIds: [messageId], batchId: messageId });
  }
}

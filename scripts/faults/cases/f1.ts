import { pause } from '../../../core/pause';
import { startServer } from '../../../test/support/counting-server';
import { ask } from '../ask';
import { tally, writeAsCrowd, type CrowdOptions } from '../crowd';
import { isNothing, untilDelivered, untilSettled } from '../settled';
import type { Shop, Stage } from '../stage';
import { outcome, type FaultCase } from '../types';
import { until } from '../until';

/** What is promised: this long after the last kill nothing is left over. */
const SETTLE_LIMIT_MS = 60_000;
const SHORT_WRITING_MS = 40_000;
/** An answer that takes a while, so that many kills meet a message between being taken and being marked as sent. */
const SEND_LATENCY_MS: [number, number] = [100, 600];
/** Media whose answer was lost wait for their echo so long. */
const CONFIRMATION_WAIT_MS = '5000';
/** WAHA repeats for half a minute. */
const KNOWN_LIMIT_MS = 60_000;
/** One customer in so many is sent a medium too. */
const SENT_A_MEDIUM = 4;
const SENT_MEDIA = [
  { content_type: 'image', media_mimetype: 'image/jpeg', name: 'foto.jpg' },
  { content_type: 'voice', media_mimetype: 'audio/ogg', name: 'audio.ogg' },
  { content_type: 'document', media_mimetype: 'application/pdf', name: 'pedido.pdf' },
] as const;

export const f1: FaultCase = {
  id: 'F1',
  title: 'Workers killed at random (SIGKILL) while customers write texts and media',
  promise:
    'A worker that dies loses no message and sends none twice, as far as the channel takes two texts with one id for one; within a minute nothing is left over.',
  runsAlone: true,
  async run(context, { full }) {
    const size = full
      ? { workers: 3, everyMs: 5_000, customers: 1_000, withoutDeduplication: 200, atOnce: 20 }
      : { workers: 2, everyMs: 3_000, customers: 40, withoutDeduplication: 20, atOnce: 8 };
    const stage = await context.stage({
      simulator: { latencyMs: { send: SEND_LATENCY_MS } },
      settings: { SEND_CONFIRMATION_WAIT_MS: CONFIRMATION_WAIT_MS },
    });
    const files = await startServer((_request, response) => response.end('a file'));
    context.atEnd(() => files.close());
    const allowed = stage.environment['ALLOWED_PRIVATE_HOSTS'];
    await stage.startApi({ ALLOWED_PRIVATE_HOSTS: `${allowed},127.0.0.1:${files.port}` });
    const shop = await stage.newShop();
    const careless = await stage.newShop();
    stage.simulator.waha.setDeduplication(careless.channel.externalId, false);
    const sendMedia =
      (of: Shop): CrowdOptions['onKnown'] =>
      async (customer) => {
        if (customer.index % SENT_A_MEDIUM === 0) await sendMedium(stage, of, { ...customer, port: files.port });
      };

    // The short form writes as many as a slow machine can take.
    const limit = full ? {} : { signal: AbortSignal.timeout(SHORT_WRITING_MS) };
    const firing = new AbortController();
    const killing = killWorkers(stage, { ...size, signal: firing.signal });
    // Hears of a worker that does not start, long before anybody waits for the kills.
    const ended = Promise.allSettled([killing.finished]);
    context.atEnd(async () => {
      firing.abort();
      await ended;
    });
    const [written, writtenToCareless] = await Promise.all([
      writeAsCrowd(stage, shop, {
        ...size,
        ...limit,
        onKnown: sendMedia(shop),
        onAnswered: (count) => {
          if (count % (size.customers / 10) === 0) context.say(`${count} customers are answered`);
        },
      }),
      writeAsCrowd(stage, careless, {
        ...limit,
        customers: size.withoutDeduplication,
        atOnce: Math.ceil(size.atOnce / 4),
        onKnown: sendMedia(careless),
      }),
      killing.started,
    ]);
    await untilDelivered(stage);
    firing.abort();
    const kills = await killing.finished;
    context.say(`${kills} kills; everything is written`);
    const lastKillAt = Date.now();
    const left = await untilSettled(stage, shop.tenantId, { limitMs: SETTLE_LIMIT_MS });
    const settledAfterSeconds = Math.round((Date.now() - lastKillAt) / 1000);
    const leftOfCareless = await untilSettled(stage, careless.tenantId, {
      limitMs: SETTLE_LIMIT_MS - (Date.now() - lastKillAt),
    });
    const result = await tally(stage, shop, written);
    const other = await tally(stage, careless, writtenToCareless);
    const figures = {
      kills,
      ...written,
      ...result,
      stuck: left.runningWorkflows,
      settledAfterSeconds,
      unfinished: JSON.stringify(left),
      fakeDedupesOn: 'message id of texts',
      withoutDeduplication: writtenToCareless.customers,
      withoutDeduplicationLost: other.lost,
      withoutDeduplicationDuplicateTexts: other.duplicateTexts,
      withoutDeduplicationTurns: other.turns,
      withoutDeduplicationDuplicateMedia: other.duplicateMedia,
    };
    return outcome(figures, {
      'workers were killed': kills > 0,
      'nothing is lost': result.lost === 0 && other.lost === 0,
      'every medium is read': result.mediaUnread === 0 && other.mediaUnread === 0,
      'no text is sent twice': result.duplicateTexts === 0,
      'no medium is sent twice': result.duplicateMedia === 0 && other.duplicateMedia === 0,
      'nothing is left over after a minute': isNothing(left) && isNothing(leftOfCareless),
    });
  },
};

interface Killing {
  /** All workers run. */
  started: Promise<void>;
  /** Resolves with the number of kills once the signal has ended them and all workers run again. */
  finished: Promise<number>;
}

/** Kills one of the workers, at random, again and again; each comes back at once, as its supervisor does it. */
function killWorkers(
  stage: Stage,
  { workers, everyMs, signal }: { workers: number; everyMs: number; signal: AbortSignal },
): Killing {
  const starting = Promise.all(Array.from({ length: workers }, () => stage.startWorkers()));
  async function killUntilStopped(): Promise<number> {
    const running = await starting;
    let kills = 0;
    await pause(everyMs, signal);
    while (!signal.aborted) {
      const victim = Math.floor(Math.random() * workers);
      await running[victim]?.kill();
      kills += 1;
      // One at a time: where a start takes longer than the pause, there would soon be nobody to do the work.
      const [next] = await Promise.all([stage.startWorkers(), pause(everyMs, signal)]);
      running[victim] = next;
    }
    return kills;
  }
  return { started: starting.then(() => undefined), finished: killUntilStopped() };
}

/** As a person of the shop does, over the API. */
async function sendMedium(
  stage: Stage,
  shop: Shop,
  { index, chatId, port }: { index: number; chatId: string; port: number },
): Promise<void> {
  const { name, ...medium } = SENT_MEDIA[(index / SENT_A_MEDIUM) % SENT_MEDIA.length] ?? SENT_MEDIA[0];
  const { tenantId, channel } = shop;
  const contactId = await contactOf(stage, tenantId, chatId);
  const response = await ask(stage, shop, '/api/v1/messages/send', {
    method: 'POST',
    body: {
      ...medium,
      contact_id: contactId,
      channel_id: channel.channelId,
      media_url: `http://127.0.0.1:${port}/${name}`,
      media_filename: name,
    },
  });
  if (response.status !== 202) throw new Error(`the medium was not taken: ${response.status} ${await response.text()}`);
}

/** WAHA repeats a webhook that was not taken at first, so the customer may be known a little later. */
async function contactOf(stage: Stage, tenantId: string, chatId: string): Promise<string> {
  let contactId: string | undefined;
  await until(async () => {
    const where = { tenantId, externalChatId: chatId };
    contactId = (await stage.db.withTenant(tenantId, (tx) => tx.conversation.findFirst({ where })))?.contactId;
    return contactId !== undefined;
  }, KNOWN_LIMIT_MS);
  if (contactId === undefined) throw new Error(`nobody knows ${chatId} after ${KNOWN_LIMIT_MS} ms`);
  return contactId;
}

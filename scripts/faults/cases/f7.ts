import { z } from 'zod';
import { MAX_TRIES } from '../../../core/outbox/repository';
import { newPhone } from '../../../test/support/webhook';
import { ask } from '../ask';
import type { Shop, Stage } from '../stage';
import { outcome, type FaultCase } from '../types';
import { until } from '../until';

const LIMIT_MS = 60_000;
const REPLAYS_AT_ONCE = 5;
/** What the session of the second shop is really called; its channel was set up with another name. */
const REAL_SESSION = 'nome-verdadeiro';

export const f7: FaultCase = {
  id: 'F7',
  title: 'A webhook that cannot be read and an event that cannot be delivered, amid others',
  promise:
    'A poison message holds nobody else up: after five tries (one, for a webhook) it is a dead letter, counted in the metrics, and replayed once however often it is asked for.',
  async run(context, { full }) {
    const stage = await context.stage({ settings: { OUTBOX_RETRY_MS: '200' } });
    await stage.startApi();
    const [shop, misnamed] = [await stage.newShop(), await stage.newShop()];
    const { waha } = stage.simulator;
    waha.configureWebhook({
      session: REAL_SESSION,
      url: `${stage.apiUrl}/api/v1/webhooks/${misnamed.channel.webhookId}`,
      hmacKey: misnamed.channel.webhookSecret,
    });
    const customers = Array.from({ length: full ? 200 : 10 }, () => `${newPhone()}@c.us`);
    const [poisoned = '', ...others] = customers;
    const say = (from: string, session = shop.channel.externalId) =>
      waha.receive({ session, from, pushName: 'Cliente', type: 'text', text: 'Bom dia, vocês entregam?' });
    await say(poisoned);
    const mend = await poisonLastEvent(stage, shop);
    for (const customer of others.slice(0, others.length / 2)) await say(customer);
    await stage.startWorkers();
    await say(newPhone() + '@c.us', REAL_SESSION);
    for (const customer of others.slice(others.length / 2)) await say(customer);

    const answered = () => new Set(waha.sent().map(({ chatId }) => chatId));
    await until(async () => others.every((customer) => answered().has(customer)), LIMIT_MS);
    const othersAnswered = others.filter((customer) => answered().has(customer)).length;
    const letters = () => Promise.all([openLetters(stage, shop), openLetters(stage, misnamed)]);
    await until(async () => (await letters()).every(({ length }) => length > 0), LIMIT_MS);
    const [[event], [webhook]] = await letters();
    const poisonAnswered = waha.sent().length - othersAnswered;
    const countedWhileOpen = await countedLetters(stage, 2);

    await mend();
    await stage.db.withTenant(misnamed.tenantId, (tx) =>
      tx.channel.update({ where: { id: misnamed.channel.channelId }, data: { externalId: REAL_SESSION } }),
    );
    const replays = [
      ...(await replayedAtOnce(stage, shop, event?.id)),
      ...(await replayedAtOnce(stage, misnamed, webhook?.id)),
    ];
    await until(async () => waha.sent().length >= customers.length + 1, LIMIT_MS);
    const replies = waha.sent();
    const countedAfter = await countedLetters(stage, 0);
    const figures = {
      customers: customers.length + 1,
      othersAnsweredMeanwhile: othersAnswered,
      triesOfTheEvent: event?.tries ?? null,
      triesOfTheWebhook: webhook?.tries ?? null,
      deadLettersCounted: countedWhileOpen,
      replaysAsked: replays.length,
      replaysDone: replays.filter((status) => status === 200).length,
      replaysRefused: replays.filter((status) => status === 409).length,
      replies: replies.length,
      deadLettersCountedAfter: countedAfter,
    };
    return outcome(figures, {
      'the others were answered meanwhile': othersAnswered === others.length && poisonAnswered === 0,
      'given up after its tries': event?.tries === MAX_TRIES && webhook?.tries === 1,
      'counted in the metrics': countedWhileOpen === 2 && countedAfter === 0,
      'each replayed once': figures.replaysDone === 2 && figures.replaysRefused === replays.length - 2,
      'everybody has one reply': replies.length === figures.customers && answered().size === figures.customers,
    });
  },
};

/** Spoils the event of the last message, as a faulty version would have written it. @returns what mends it */
async function poisonLastEvent({ db }: Stage, { tenantId }: Shop): Promise<() => Promise<void>> {
  const { sequence, eventData } = await db.withSystem((tx) =>
    tx.outboxEvent.findFirstOrThrow({
      where: { tenantId, eventType: 'message.created' },
      orderBy: { sequence: 'desc' },
      select: { sequence: true, eventData: true },
    }),
  );
  await db.withSystem((tx) => tx.outboxEvent.update({ where: { sequence }, data: { eventData: { spoilt: true } } }));
  return async () => {
    const whole = JSON.stringify(eventData);
    await db.withSystem(
      (tx) => tx.$executeRaw`update outbox_events set event_data = ${whole}::jsonb where sequence = ${sequence}`,
    );
  };
}

const lettersSchema = z.object({ data: z.array(z.object({ id: z.string(), tries: z.number() })) });

async function openLetters(stage: Stage, shop: Shop) {
  const answer = await ask(stage, shop, '/api/v1/dead-letters?replayed=false');
  return lettersSchema.parse(await answer.json()).data;
}

async function replayedAtOnce(stage: Stage, shop: Shop, letterId: string | undefined): Promise<number[]> {
  return Promise.all(
    Array.from({ length: REPLAYS_AT_ONCE }, async () => {
      const answer = await ask(stage, shop, `/api/v1/dead-letters/${letterId}/replay`, { method: 'POST' });
      await answer.arrayBuffer();
      return answer.status;
    }),
  );
}

/** The gauge, once it is `expected` or the time is up: it is read from the database every few seconds. */
async function countedLetters({ apiUrl }: Stage, expected: number): Promise<number | null> {
  let counted: number | null = null;
  await until(async () => {
    const text = await (await fetch(`${apiUrl}/metrics`)).text();
    const value = /^ventros_dead_letters(?:\{[^}]*\})? (\d+)$/m.exec(text)?.[1];
    counted = value === undefined ? null : Number(value);
    return counted === expected;
  }, LIMIT_MS);
  return counted;
}

import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { newPhone } from '../../../test/support/webhook';
import { ask } from '../ask';
import { isNothing, untilSettled } from '../settled';
import type { Shop, Stage } from '../stage';
import { outcome, type FaultCase } from '../types';
import { until } from '../until';

/** Take-overs are spread over so much of the time in which a turn is answered here. */
const SPREAD = 1.5;
const DEBOUNCE_MS = 300;
const MODEL_LATENCY_MS = 300;
/** As many at once as leaves the turns their usual length. */
const AT_ONCE = 10;
const SETTLE_LIMIT_MS = 60_000;

export const i3: FaultCase = {
  id: 'I3',
  title: 'A person takes over at a random moment of a running turn, again and again',
  promise: 'From the moment a take-over is committed no message of the bot leaves for the channel.',
  async run(context, { full }) {
    const stage = await context.stage({
      simulator: { latencyMs: { openai: MODEL_LATENCY_MS } },
    });
    await stage.startApi();
    await stage.startWorkers();
    const shop = await stage.newShop({ debounceTimeoutMs: DEBOUNCE_MS });
    const takeOvers = full ? 500 : 40;
    const answeredAfterMs = await timeToAnswer(stage, shop);
    const spreadMs = Math.ceil(answeredAfterMs * SPREAD);
    const taken: TakeOver[] = [];
    for (let done = 0; done < takeOvers; done += AT_ONCE) {
      const size = Math.min(AT_ONCE, takeOvers - done);
      taken.push(...(await Promise.all(Array.from({ length: size }, () => writeAndTakeOver(stage, shop, spreadMs)))));
      if (full) context.say(`${taken.length} of ${takeOvers} take-overs`);
    }
    const left = await untilSettled(stage, shop.tenantId, { limitMs: SETTLE_LIMIT_MS });

    const moments = taken.map((one) => momentsOf(stage, one));
    const silenced = await stage.db.withTenant(shop.tenantId, (tx) =>
      tx.decisionRecord.count({ where: { tenantId: shop.tenantId, outcome: 'silenced' } }),
    );
    const count = (moment: Moment) => moments.flat().filter((one) => one === moment).length;
    const figures = {
      takeOvers,
      answeredAfterMs,
      repliesBefore: count('before'),
      // Claimed before the commit: it had left our hands, and the take-over's answer waits for it.
      onTheirWayAtTheCommit: count('on its way'),
      repliesAfter: count('after'),
      silencedTurns: silenced,
      queuedAfterTheCommit: await queuedAfter(stage, taken),
    };
    return outcome(figures, {
      'no message of the bot after a take-over': figures.repliesAfter === 0,
      'none was even written after it': figures.queuedAfterTheCommit === 0,
      'take-overs met turns before and after their reply': figures.repliesBefore > 0 && figures.silencedTurns > 0,
      'nothing is left over': isNothing(left),
    });
  },
};

interface TakeOver {
  conversationId: string;
  tenantId: string;
  chatId: string;
  /** Milliseconds since 1970. */
  committedAtMs: number;
  answeredAtMs: number;
}

type Moment = 'before' | 'on its way' | 'after';

/** How long a reply takes with as many customers at once as there will be, where nobody takes over: the median. */
async function timeToAnswer(stage: Stage, shop: Shop): Promise<number> {
  const times = await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      const startedAtMs = Date.now();
      const chatId = await write(stage, shop);
      await until(() => Promise.resolve(repliesTo(stage, chatId).length > 0), SETTLE_LIMIT_MS);
      return Date.now() - startedAtMs;
    }),
  );
  return times.toSorted((a, b) => a - b)[Math.floor(AT_ONCE / 2)] ?? 0;
}

async function write({ simulator }: Stage, { channel }: Shop): Promise<string> {
  const chatId = `${newPhone()}@c.us`;
  const text = 'Qual o prazo de entrega do meu pedido?';
  await simulator.waha.receive({ session: channel.externalId, from: chatId, type: 'text', text });
  return chatId;
}

const repliesTo = ({ simulator }: Stage, chatId: string) =>
  simulator.waha.sent().filter((sent) => sent.chatId === chatId);

async function writeAndTakeOver(stage: Stage, shop: Shop, spreadMs: number): Promise<TakeOver> {
  const { tenantId } = shop;
  const startedAtMs = Date.now();
  const chatId = await write(stage, shop);
  let conversationId = '';
  await until(async () => {
    const row = await stage.db.withTenant(tenantId, (tx) =>
      tx.conversation.findFirst({ where: { tenantId, externalChatId: chatId }, select: { id: true } }),
    );
    conversationId = row?.id ?? '';
    return row !== null;
  }, SETTLE_LIMIT_MS);
  await sleep(Math.max(0, startedAtMs + randomInt(spreadMs) - Date.now()));
  const route = `/api/v1/conversations/${conversationId}/take-over`;
  const response = await ask(stage, shop, route, { method: 'POST', body: { name: 'Ana' } });
  const answeredAtMs = Date.now();
  if (!response.ok) throw new Error(`the take-over was answered ${response.status}: ${await response.text()}`);
  const { handler_changed_at } = (await response.json()) as { handler_changed_at: string };
  return { conversationId, tenantId, chatId, committedAtMs: Date.parse(handler_changed_at), answeredAtMs };
}

/** When each reply to this customer reached the channel. */
function momentsOf(stage: Stage, { chatId, committedAtMs, answeredAtMs }: TakeOver): Moment[] {
  return repliesTo(stage, chatId).map(({ firstAt }) => {
    const atMs = Date.parse(firstAt);
    if (atMs <= committedAtMs) return 'before';
    return atMs <= answeredAtMs ? 'on its way' : 'after';
  });
}

/** Messages of the bot that were written behind the take-over's back. */
async function queuedAfter({ db }: Stage, taken: TakeOver[]): Promise<number> {
  const counts = await Promise.all(
    taken.map(({ tenantId, conversationId, committedAtMs }) =>
      db.withTenant(tenantId, (tx) =>
        tx.message.count({
          where: {
            tenantId,
            conversationId,
            source: 'bot',
            createdAt: { gt: new Date(committedAtMs) },
            status: { not: 'cancelled' },
          },
        }),
      ),
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

import { setTimeout as sleep } from 'node:timers/promises';
import { newPhone } from '../../../test/support/webhook';
import { isNothing, untilSettled } from '../settled';
import { shuffled } from '../shuffle';
import type { Stage } from '../stage';
import { outcome, type FaultCase } from '../types';

const MESSAGES = 10;
const BURST_MS = 3_000;
/** Longer than the longest pause within the burst, as a shop would set it, also where a busy machine draws it out. */
const DEBOUNCE_MS = 5_000;
const SETTLE_LIMIT_MS = 60_000;

export const i2: FaultCase = {
  id: 'I2',
  title: 'Ten messages of one customer within three seconds',
  promise: 'Messages that a customer writes in one go are answered once, with all of them before the agent.',
  async run(context, { full }) {
    const stage = await context.stage();
    await stage.startApi();
    await stage.startWorkers();
    const customers = full ? 50 : 5;
    const { tenantId, channel } = await stage.newShop({ debounceTimeoutMs: DEBOUNCE_MS });
    const names = Array.from({ length: customers }, (_, index) => `Cliente ${index + 1} da rajada`);
    await Promise.all(names.map((name) => writeBurst(stage, channel.externalId, name)));
    const left = await untilSettled(stage, tenantId, { limitMs: SETTLE_LIMIT_MS });

    const turns = await stage.db.withTenant(tenantId, (tx) => tx.messageGroup.count({ where: { tenantId } }));
    const replies = stage.simulator.waha.sent().filter(({ session }) => session === channel.externalId).length;
    const inContext = names.map((name) => messagesInContext(stage, name));
    const figures = {
      customers,
      messages: customers * MESSAGES,
      turns,
      replies,
      fewestInContext: Math.min(...inContext),
    };
    return outcome(figures, {
      'one turn each': turns === customers,
      'one reply each': replies === customers,
      'all ten before the agent': figures.fewestInContext === MESSAGES,
      'nothing is left over': isNothing(left),
    });
  },
};

async function writeBurst({ simulator }: Stage, session: string, name: string): Promise<void> {
  const from = `${newPhone()}@c.us`;
  const numbers = shuffled(Array.from({ length: MESSAGES }, (_, index) => index + 1));
  await Promise.all(
    numbers.map(async (number, index) => {
      await sleep((index * BURST_MS) / MESSAGES);
      await simulator.waha.receive({ session, from, pushName: name, type: 'text', text: `mensagem número ${number};` });
    }),
  );
}

interface ChatMessage {
  role: string;
  content: string | null;
}

/** How many of the customer's messages the agent was shown in the prompt that had most of them. */
function messagesInContext({ simulator }: Stage, name: string): number {
  const counts = simulator.requests('openai').flatMap(({ path, body }) => {
    if (!path.endsWith('/chat/completions')) return [];
    const { messages } = body as { messages: ChatMessage[] };
    if (!messages[0]?.content?.includes(`Você fala com ${name}`)) return [];
    const asked = messages.findLast(({ role }) => role === 'user')?.content ?? '';
    return [new Set([...asked.matchAll(/mensagem número (\d+);/g)].map(([, number]) => number)).size];
  });
  return Math.max(0, ...counts);
}

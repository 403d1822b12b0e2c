import { MAX_IDENTICAL_CALLS, MAX_TOOL_CALLS } from '../../../core/agents/limits';
import { MAX_BOT_ANSWERS } from '../../../core/agents/policy/bot-to-bot';
import type { SimulatorScript } from '../../../simulator/index';
import { newPhone } from '../../../test/support/webhook';
import { isNothing, untilSettled } from '../settled';
import type { Shop, Stage } from '../stage';
import { outcome, type FaultCase } from '../types';
import { until } from '../until';

const SETTLE_LIMIT_MS = 60_000;
const BOT_LIMIT_MS = 90_000;
const BOT_SAYS = [
  'Olá! Você fala com a assistente virtual da Transportadora Veloz. Como posso ajudar hoje?',
  'Não entendi a sua resposta. Digite 1 para rastrear um pedido ou 2 para falar de prazos.',
  'Obrigada pelo contato. Seu pedido está em separação e chega dentro do prazo informado.',
];

type Rules = NonNullable<NonNullable<SimulatorScript['language']>['rules']>;
const facts = { match: { schemaName: 'facts' }, builtIn: true };
const search = (query: string) => ({ name: 'search_memory', arguments: { query } });

/** Models that do not end by themselves. */
const MODELS: Record<string, Rules> = {
  same: [facts, { match: {}, toolCalls: [{ name: 'get_contact_facts', arguments: {} }] }],
  alternating: [facts, { match: {}, toolCalls: [search('pedido'), { name: 'get_contact_facts', arguments: {} }] }],
  everNew: [
    facts,
    { match: {}, toolCalls: Array.from({ length: MAX_TOOL_CALLS + 5 }, (_, index) => search(`pedido ${index}`)) },
  ],
  echo: [
    facts,
    { match: {}, text: '{{said}}', fill: { said: { from: 'user', pattern: '([\\s\\S]+)', otherwise: '' } } },
  ],
};

export const i9: FaultCase = {
  id: 'I9',
  title: 'Models that call tools for ever, alternate two, or echo, and another bot that answers every answer',
  promise: `A turn ends after ${MAX_TOOL_CALLS} calls or ${MAX_IDENTICAL_CALLS} identical ones, no echo leaves, and a conversation with another bot ends within ${MAX_BOT_ANSWERS + 1} turns; a person is asked for.`,
  async run(context) {
    const stage = await context.stage();
    await stage.startApi();
    await stage.startWorkers();
    const shop = await stage.newShop();
    const { tenantId, channel } = shop;
    const calls: Record<string, number> = {};
    let handedOver = 0;
    let echoes = 0;
    for (const [name, rules] of Object.entries(MODELS)) {
      stage.simulator.script({ language: { rules } });
      const from = `${newPhone()}@c.us`;
      const text = `Bom dia, queria saber do meu pedido numero ${name}`;
      await stage.simulator.waha.receive({ session: channel.externalId, from, type: 'text', text });
      await until(async () => stage.simulator.waha.sent().some(({ chatId }) => chatId === from), SETTLE_LIMIT_MS);
      echoes += stage.simulator.waha.sent().filter((sent) => sent.chatId === from && sent.text === text).length;
      const turn = await lastTurn(stage, tenantId);
      calls[`${name}Calls`] = turn.calls;
      if (turn.outcome === 'handed_over') handedOver++;
    }
    stage.simulator.script({});
    const bot = await talkToBot(stage, shop);
    const left = await untilSettled(stage, tenantId, { limitMs: SETTLE_LIMIT_MS });
    const figures = { ...calls, handedOver, echoes, ...bot };
    return outcome(figures, {
      'three identical calls at most': calls['sameCalls'] === MAX_IDENTICAL_CALLS,
      'alternating ends too': (calls['alternatingCalls'] ?? 99) <= 2 * MAX_IDENTICAL_CALLS,
      'twenty calls at most': calls['everNewCalls'] === MAX_TOOL_CALLS,
      'a person is asked for each time': handedOver === Object.keys(MODELS).length,
      'no echo leaves': echoes === 0,
      'two bots end': bot.botTurns <= MAX_BOT_ANSWERS + 1 && bot.botHandedOver,
      'nothing is left over': isNothing(left),
    });
  },
};

async function lastTurn({ db }: Stage, tenantId: string) {
  return db.withTenant(tenantId, async (tx) => {
    const record = await tx.decisionRecord.findFirstOrThrow({ where: { tenantId }, orderBy: { id: 'desc' } });
    const calls = await tx.decisionStep.count({
      where: { tenantId, groupId: record.groupId, kind: 'tool', status: { not: 'refused' } },
    });
    return { outcome: record.outcome, calls };
  });
}

/** Answers every answer at once, as a bot does, until none comes any more. */
async function talkToBot({ simulator, db }: Stage, { tenantId, channel }: Shop) {
  const from = `${newPhone()}@c.us`;
  const answers = () => simulator.waha.sent().filter(({ chatId }) => chatId === from).length;
  const handler = async () =>
    db.withTenant(tenantId, async (tx) => {
      const contact = await tx.contact.findFirst({ where: { tenantId, phone: { endsWith: from.slice(2, 13) } } });
      if (!contact) return 'ai';
      const conversation = await tx.conversation.findFirst({ where: { tenantId, contactId: contact.id } });
      return conversation?.handler ?? 'ai';
    });
  const isOver = async () => (await handler()) !== 'ai';
  let botTurns = 0;
  for (const deadline = Date.now() + BOT_LIMIT_MS; Date.now() < deadline && !(await isOver());) {
    const before = answers();
    const text = BOT_SAYS[botTurns % BOT_SAYS.length] ?? '';
    await simulator.waha.receive({ session: channel.externalId, from, type: 'text', text });
    botTurns++;
    await until(async () => answers() > before, BOT_LIMIT_MS / 3);
    // Its part of the closing line is heard by nobody.
    if (botTurns > 2 * MAX_BOT_ANSWERS) break;
  }
  return { botTurns, botAnswers: answers(), botHandedOver: await isOver() };
}

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../../core/project-root';
import { fixturePath, markedFixture } from '../../../test/support/media-bytes';
import { ask, type Question } from '../ask';
import { runsOf } from '../histories';
import { isNothing, untilSettled } from '../settled';
import type { Shop, Stage } from '../stage';
import { outcome, type FaultCase } from '../types';

/** Each with the spellings in which it might come out. */
const CANARIES: Record<string, string[]> = {
  phone: ['5511987651234', '11987651234', '98765-1234', '987651234'],
  cpf: ['529.982.247-25', '52998224725'],
  email: ['canario.maria@example.com', 'canario.maria'],
  apiKey: ['sk-canario-9f3b7c21d5e84a60'],
  providerKey: ['llx-canario-77aa12bb34cc'],
  channelKey: ['canario-chave-waha-8f1c'],
};
const PHONE = '5511987651234';
const WORDS = `Meu CPF é 529.982.247-25 (52998224725), e-mail canario.maria@example.com, fone (11) 98765-1234 ou ${PHONE}, chave sk-canario-9f3b7c21d5e84a60`;
const SETTLE_LIMIT_MS = 60_000;

export const i15: FaultCase = {
  id: 'I15',
  title: 'Phone numbers, CPFs, e-mail addresses and keys in everything that comes in, also in what providers answer',
  promise:
    'None of them is in a log line, a metric, a workflow id, a search attribute or a workflow history, with the settings as they come. No spans are exported.',
  async run(context, { full }) {
    const stage = await context.stage({
      settings: { LOG_LEVEL: full ? 'trace' : 'info', LLAMA_CLOUD_API_KEY: 'llx-canario-77aa12bb34cc' },
    });
    const { apiUrl } = stage;
    await stage.startApi();
    const workers = await stage.startWorkers();
    const shop = await stage.newShop({ debounceTimeoutMs: 500, channelKey: 'canario-chave-waha-8f1c' });
    await sendMedia(stage, shop);
    await untilSettled(stage, shop.tenantId, { limitMs: SETTLE_LIMIT_MS });
    await breakProviders(stage, shop);
    const left = await untilSettled(stage, shop.tenantId, { limitMs: SETTLE_LIMIT_MS });
    await askApi(stage, shop);

    const runs = await runsOf(stage, shop.tenantId);
    const metrics = await Promise.all([`${apiUrl}/metrics`, `${workers.url}/metrics`].map(textOf));
    const logs = readdirSync(stage.logDir).filter((name) => /^(api|workers)/.test(name));
    const logText = logs.map((name) => readFileSync(path.join(stage.logDir, name), 'utf8')).join('\n');
    const keys = { ...CANARIES, tenantKey: [shop.apiKey] };
    const count = (text: string) =>
      Object.values(keys)
        .flat()
        .reduce((sum, canary) => sum + text.split(canary).length - 1, 0);
    const kept = await stage.db.withTenant(shop.tenantId, (tx) =>
      tx.message.count({ where: { tenantId: shop.tenantId, text: { contains: '529.982.247-25' } } }),
    );
    const figures = {
      canaries: Object.values(keys).flat().length,
      storedMessagesWithThem: kept,
      logLines: logText.split('\n').length - 1,
      inLogs: count(logText),
      inMetrics: count(metrics.join('\n')),
      workflows: runs.length,
      inIdsAndSearchAttributes: count(runs.map(({ listed }) => listed).join('\n')),
      inHistories: count(runs.map(({ text }) => text).join('\n')),
      // Without a tracing library there is nothing that could make one.
      tracingLibraries: tracingLibraries(),
      unfinished: Object.values(left).reduce((sum, one) => sum + one, 0),
    };
    const found = Object.entries(keys).flatMap(([name, spellings]) =>
      spellings.some((one) => [logText, ...metrics, ...runs.map(({ text }) => text)].join('\n').includes(one))
        ? [name]
        : [],
    );
    return outcome(found.length > 0 ? { ...figures, found: found.join(' ') } : figures, {
      'they did come in': kept > 0 && figures.logLines > 0 && metrics.every((text) => text.includes('# HELP')),
      'none in a log line': figures.inLogs === 0,
      'none in a metric': figures.inMetrics === 0,
      'none in a workflow id or search attribute': figures.inIdsAndSearchAttributes === 0,
      'none in a history': figures.inHistories === 0,
      'no spans': figures.tracingLibraries === 0,
      'nothing is left over': isNothing(left),
    });
  },
};

function send({ simulator }: Stage, { channel }: Shop) {
  return (message: Omit<Parameters<typeof simulator.waha.receive>[0], 'from' | 'session'>) =>
    simulator.waha.receive({
      ...message,
      from: `${PHONE}@c.us`,
      pushName: 'canario.maria@example.com',
      session: channel.externalId,
    });
}

/** They are in names, words, captions, file names, and in what is read in media. */
async function sendMedia(stage: Stage, shop: Shop): Promise<void> {
  stage.simulator.script({
    documents: [{ match: {}, pages: [WORDS] }],
    speech: [{ match: {}, text: WORDS }],
    vision: [{ match: {}, text: WORDS }],
  });
  const receive = send(stage, shop);
  await receive({ type: 'text', text: WORDS });
  await receive({
    type: 'document',
    caption: WORDS,
    file: {
      bytes: readFileSync(fixturePath('order.pdf')),
      mimetype: 'application/pdf',
      filename: '529.982.247-25 canario.maria@example.com.pdf',
    },
  });
  await receive({
    type: 'voice',
    file: { bytes: readFileSync(fixturePath('voice.ogg')), mimetype: 'audio/ogg; codecs=opus' },
  });
  await receive({
    type: 'image',
    caption: WORDS,
    file: { bytes: readFileSync(fixturePath('photo.jpg')), mimetype: 'image/jpeg' },
  });
}

/** Providers quote in their errors what they were sent, and so does WAHA; jobs fail with a reason in words. */
async function breakProviders(stage: Stage, shop: Shop): Promise<void> {
  const { simulator } = stage;
  const quoted = (status: number) => ({
    kind: 'status' as const,
    status,
    body: { error: { message: `Invalid input: "${WORDS}"`, code: status }, detail: WORDS, request: { body: WORDS } },
  });
  simulator.script({ documents: [{ match: {}, pages: [], failsWith: WORDS }] });
  simulator.fault('vertex', quoted(400));
  simulator.fault('groq', quoted(400));
  simulator.fault('openai', quoted(400), { matchPath: 'audio' });
  simulator.fault('openai', quoted(500), { times: 1 });
  simulator.fault('waha', quoted(500), { times: 1, matchPath: 'send' });
  const receive = send(stage, shop);
  await receive({ type: 'document', file: { bytes: markedFixture('order.pdf', 2), mimetype: 'application/pdf' } });
  await receive({ type: 'voice', file: { bytes: markedFixture('voice.ogg', 2), mimetype: 'audio/ogg; codecs=opus' } });
  await receive({
    type: 'image',
    caption: WORDS,
    file: { bytes: markedFixture('photo.jpg', 2), mimetype: 'image/jpeg' },
  });
}

/** In paths, queries, bodies and headers, well-formed and not. */
async function askApi(stage: Stage, shop: Shop): Promise<void> {
  stage.simulator.clearFaults();
  const say = async (route: string, question?: Question, who: Pick<Shop, 'apiKey'> = shop) => {
    const response = await ask(stage, who, route, question);
    await response.arrayBuffer();
  };
  const q = encodeURIComponent(WORDS);
  await say(`/api/v1/contacts?phone=${PHONE}&q=${q}`);
  await say(`/api/v1/contacts/search?q=${q}`);
  await say(`/api/v1/contacts/${q}`);
  await say(`/${q}`);
  const contact = JSON.stringify({ name: WORDS, phone: PHONE, email: 'canario.maria@example.com' });
  for (const body of [contact, contact, contact.slice(0, -5), JSON.stringify({ phone: WORDS, email: WORDS })])
    await say('/api/v1/contacts', { method: 'POST', body });
  await say(`/api/v1/webhooks/${shop.channel.webhookId}`, { method: 'POST', body: contact });
  await say('/api/v1/contacts', {}, { apiKey: 'sk-canario-9f3b7c21d5e84a60' });
  await say('/api/v1/auth/login', {
    method: 'POST',
    body: { email: 'canario.maria@example.com', password: WORDS },
  });
}

async function textOf(url: string): Promise<string> {
  return (await fetch(url)).text();
}

function tracingLibraries(): number {
  const { dependencies } = JSON.parse(readFileSync(path.join(projectRoot(), 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return Object.keys(dependencies).filter((name) => /opentelemetry|dd-trace|sentry/.test(name)).length;
}

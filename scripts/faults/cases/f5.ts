import { newPhone } from '../../../test/support/webhook';
import { MEDIA_FIXTURES } from '../../../test/support/product';
import { overloaded } from '../../../simulator/index';
import path from 'node:path';
import type { Stage } from '../stage';
import { outcome, type FaultCase } from '../types';
import { until } from '../until';

const PROVIDERS = ['vertex', 'groq', 'openai', 'llamaparse', 'jina'] as const;
const MEDIA_WAIT_MS = 2_000;
const LANGUAGE_RETRY_MS = 1_000;
/** Debounce, wait for media, three tries of the model twice with the pause between, each a second or two apart. */
const HAND_OVER_LIMIT_MS = 30_000;
/** An open circuit lets a probe through after 30 s; the enrichment tries again within 5 s of that. */
const RECOVERY_LIMIT_MS = 60_000;

const MEDIA = [
  { type: 'image', file: { path: path.join(MEDIA_FIXTURES, 'photo.jpg'), mimetype: 'image/jpeg' } },
  { type: 'voice', file: { path: path.join(MEDIA_FIXTURES, 'voice.ogg'), mimetype: 'audio/ogg; codecs=opus' } },
] as const;

export const f5: FaultCase = {
  id: 'F5',
  title: 'Every provider down',
  promise:
    'With every provider down, media are stored, each conversation is handed over to a person within its deadline and with an honest line, and the media are read by themselves once a provider is back.',
  async run(context, { full }) {
    const settings = { MEDIA_WAIT_MS: String(MEDIA_WAIT_MS), LANGUAGE_RETRY_MS: String(LANGUAGE_RETRY_MS) };
    const stage = await context.stage({ settings });
    await stage.startApi();
    await stage.startWorkers();
    const { simulator } = stage;
    const { tenantId, channel } = await stage.newShop();
    for (const provider of PROVIDERS) simulator.fault(provider, overloaded(provider));
    const customers = Array.from({ length: full ? 20 : 3 }, () => `${newPhone()}@c.us`);
    const media = customers.length * MEDIA.length;
    const wroteAt = Date.now();
    for (const from of customers)
      for (const medium of MEDIA) await simulator.waha.receive({ session: channel.externalId, from, ...medium });

    const isHandedOver = async () => (await handOvers(stage, tenantId)) === customers.length;
    await until(isHandedOver, HAND_OVER_LIMIT_MS);
    const handedOver = await handOvers(stage, tenantId);
    const handedOverAfterMs = Date.now() - wroteAt;
    const linesTo = (from: string) => simulator.waha.sent().filter(({ chatId }) => chatId === from);
    await until(async () => customers.every((from) => linesTo(from).length > 0), HAND_OVER_LIMIT_MS);
    // Between two waits each of them is tried again for a moment, so they are not seen waiting all at once.
    const waiting = new Set<string>();
    await until(async () => {
      for (const { id, deferredUntil } of await mediaOf(stage, tenantId)) if (deferredUntil) waiting.add(id);
      return waiting.size === media;
    }, HAND_OVER_LIMIT_MS);
    const down = await mediaOf(stage, tenantId);

    simulator.clearFaults();
    const backAt = Date.now();
    const isRead = async () => (await mediaOf(stage, tenantId)).every(({ status }) => status === 'completed');
    await until(isRead, RECOVERY_LIMIT_MS);
    const recoveredAfterMs = Date.now() - backAt;
    const read = (await mediaOf(stage, tenantId)).filter(
      ({ status, extractedText }) => status === 'completed' && extractedText,
    );
    const lines = customers.flatMap(linesTo);
    const figures = {
      conversations: customers.length,
      media,
      stored: down.filter(({ mediaId }) => mediaId !== null).length,
      waitedForAProvider: waiting.size,
      handedOver,
      handedOverAfterMs,
      lines: lines.length,
      emptyLines: lines.filter(({ text }) => !text?.trim()).length,
      readAfterwards: read.length,
      recoveredAfterMs,
    };
    return outcome(figures, {
      'every medium is stored': figures.stored === media,
      'every medium waits for a provider':
        waiting.size === media && down.every(({ status }) => status !== 'failed' && status !== 'completed'),
      'handed over within the deadline': handedOver === customers.length && handedOverAfterMs <= HAND_OVER_LIMIT_MS,
      'one line to each, none empty': lines.length === customers.length && figures.emptyLines === 0,
      'read by itself when they are back': read.length === media && recoveredAfterMs <= RECOVERY_LIMIT_MS,
    });
  },
};

function handOvers({ db }: Stage, tenantId: string): Promise<number> {
  return db.withTenant(tenantId, (tx) =>
    tx.decisionRecord.count({ where: { tenantId, outcome: 'handed_over', outcomeReason: 'model_unavailable' } }),
  );
}

function mediaOf({ db }: Stage, tenantId: string) {
  return db.withTenant(tenantId, (tx) =>
    tx.messageEnrichment.findMany({
      where: { tenantId },
      select: { id: true, status: true, mediaId: true, deferredUntil: true, extractedText: true },
    }),
  );
}

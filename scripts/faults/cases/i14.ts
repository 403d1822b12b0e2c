import { markedFixture } from '../../../test/support/media-bytes';
import { newPhone } from '../../../test/support/webhook';
import { runsOf } from '../histories';
import { isNothing, untilSettled } from '../settled';
import { outcome, type FaultCase } from '../types';

const KB = 1024;
/** Above the size at which Temporal warns of a payload, and above that at which it refuses one. */
const SIZES = { large: 300 * KB, huge: 2_500 * KB };
/** Of a message that long WhatsApp itself takes no more. */
const MOST_MESSAGE_CHARACTERS = 65_536;
const MOST_PAYLOAD_BYTES = 64 * KB;
const SETTLE_LIMIT_MS = 300_000;
const SENTENCE = 'O cliente confirma o pedido número sete da loja e pede a entrega no sábado de manhã. ';

/** `bytes` of ordinary words, which start with a mark of their own. */
function wordsOf(mark: string, bytes: number): string {
  return `${mark} ${SENTENCE.repeat(Math.ceil(bytes / SENTENCE.length))}`.slice(0, bytes);
}

export const i14: FaultCase = {
  id: 'I14',
  title: 'Messages, documents, transcripts and replies of more than 256 KB and more than 2 MB',
  promise:
    'What is read in media is stored whole whatever its size, and every text travels through workflows as an id: none of their payloads reaches 64 KB.',
  async run(context, { full }) {
    const stage = await context.stage({ settings: { WEBHOOK_MAX_BYTES: String(8 * KB * KB) } });
    await stage.startApi();
    await stage.startWorkers();
    const { tenantId, channel } = await stage.newShop({ debounceTimeoutMs: 1_000 });
    const { simulator } = stage;
    simulator.script({
      documents: Object.entries(SIZES).map(([name, bytes]) => ({
        match: { fileNameIncludes: name },
        // A document of many pages.
        pages: Array.from({ length: 50 }, (_, page) => wordsOf(`página ${page + 1} ${name}`, bytes / 50)),
      })),
      speech: [{ match: {}, text: wordsOf('transcrição', SIZES.huge) }],
      vision: [{ match: {}, text: wordsOf('descrição', SIZES.huge) }],
      language: {
        rules: [
          { match: { schemaName: 'facts' }, builtIn: true },
          { match: {}, text: wordsOf('resposta', SIZES.large) },
        ],
      },
    });
    const customers = full ? 20 : 2;
    const from = Array.from({ length: customers }, () => `${newPhone()}@c.us`);
    await Promise.all(
      from.map(async (phone, index) => {
        const send = (message: Omit<Parameters<typeof simulator.waha.receive>[0], 'from' | 'session'>) =>
          simulator.waha.receive({ ...message, from: phone, session: channel.externalId });
        for (const [name, bytes] of Object.entries(SIZES)) {
          await send({ type: 'text', text: wordsOf(`mensagem ${name}`, bytes) });
          const file = { bytes: markedFixture('order.pdf', `${name} ${index}`), mimetype: 'application/pdf' };
          await send({ type: 'document', file: { ...file, filename: `${name}.pdf` } });
        }
        await send({
          type: 'voice',
          file: { bytes: markedFixture('voice.ogg', index), mimetype: 'audio/ogg; codecs=opus' },
        });
        await send({ type: 'image', file: { bytes: markedFixture('photo.jpg', index), mimetype: 'image/jpeg' } });
      }),
    );
    const left = await untilSettled(stage, tenantId, { limitMs: SETTLE_LIMIT_MS });

    const runs = await runsOf(stage, tenantId);
    const sizes = runs.flatMap(({ type, payloads }) => payloads.map(({ length }) => ({ type, length })));
    const largest = sizes.reduce((most, one) => (one.length > most.length ? one : most), { type: '-', length: 0 });
    const stored = await stage.db.withTenant(tenantId, async (tx) => ({
      messages: await tx.message.findMany({ where: { tenantId, fromMe: false }, select: { text: true } }),
      read: await tx.messageEnrichment.findMany({ where: { tenantId }, select: { status: true, extractedText: true } }),
      replies: await tx.message.count({ where: { tenantId, fromMe: true } }),
    }));
    const bytesOf = (texts: (string | null)[], atLeast: number) =>
      texts.filter((text) => Buffer.byteLength(text ?? '') >= atLeast * 0.99).length;
    const texts = stored.messages.map(({ text }) => text);
    const read = stored.read.map(({ extractedText }) => extractedText);
    const figures = {
      customers,
      workflows: runs.length,
      payloads: sizes.length,
      largestPayloadBytes: largest.length,
      largestPayloadIn: largest.type,
      largestHistoryBytes: Math.max(0, ...runs.map(({ text }) => Buffer.byteLength(text))),
      longMessages: bytesOf(texts, MOST_MESSAGE_CHARACTERS),
      wholeReadings: bytesOf(read, SIZES.large),
      over2MbStored: bytesOf(read, SIZES.huge),
      replies: stored.replies,
      unfinished: Object.values(left).reduce((sum, count) => sum + count, 0),
    };
    return outcome(figures, {
      'no payload reaches 64 KB': figures.largestPayloadBytes < MOST_PAYLOAD_BYTES && sizes.length > 0,
      'every message is stored to the length of WhatsApp': figures.longMessages === customers * 2,
      // Documents and transcripts; a description of a picture has a length of its own.
      'everything read is stored whole': figures.wholeReadings === customers * 3,
      'those over 2 MB as well': figures.over2MbStored === customers * 2,
      'every customer is answered': stored.replies >= customers,
      'nothing is left over': isNothing(left),
    });
  },
};

import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../core/ids';
import type { InboundMessage } from '../../simulator/index';
import { markedFixture } from '../../test/support/media-bytes';
import { newPhone } from '../../test/support/webhook';
import { unansweredMessages } from './settled';
import type { Shop, Stage } from './stage';

export interface CrowdOptions {
  customers: number;
  /** Customers who write at the same time. The next one comes when one of them has an answer. */
  atOnce: number;
  onAnswered?: (count: number) => void;
  /** Called when a customer is known to the shop, with the number of the customer from 0. */
  onKnown?: (customer: { index: number; chatId: string }) => Promise<void>;
  /** Ends the writing, however many there were. */
  signal?: AbortSignal;
}

export interface Written {
  customers: number;
  /** Messages that customers wrote, whatever the first answer to their webhook was: WAHA repeats it. */
  messages: number;
  media: number;
}

const KINDS = [
  { type: 'image', fixture: 'photo.jpg', mimetype: 'image/jpeg' },
  { type: 'voice', fixture: 'voice.ogg', mimetype: 'audio/ogg; codecs=opus' },
  { type: 'document', fixture: 'order.pdf', mimetype: 'application/pdf', filename: 'pedido.pdf' },
] as const;
/** A customer who has no answer by then is not waited for: what became of it is counted at the end. Long, so that a slow machine gets fewer customers, not a queue. */
const PATIENCE_MS = 5 * 60_000;
const LOOK_MS = 250;

/** Customers with a text and a medium each: image, voice note, PDF in turn, no two files alike. */
export async function writeAsCrowd(
  stage: Stage,
  { channel: { externalId: session } }: Shop,
  { customers, atOnce, onKnown, onAnswered, signal }: CrowdOptions,
): Promise<Written> {
  const written: Written = { customers: 0, messages: 0, media: 0 };
  const write = async (inbound: InboundMessage) => {
    written.messages += 1;
    if (inbound.file) written.media += 1;
    await stage.simulator.waha.receive(inbound);
  };
  let next = 0;
  let served = 0;
  async function serveCustomers(): Promise<void> {
    for (let index = next++; index < customers && !signal?.aborted; index = next++) {
      const chatId = `${newPhone()}@c.us`;
      const customer = { session, from: chatId, pushName: `Cliente ${index + 1}` };
      await write({ ...customer, type: 'text', text: `Bom dia, é sobre o pedido ${index + 1}` });
      await onKnown?.({ index, chatId });
      await write({ ...customer, ...medium(index) });
      written.customers += 1;
      await answered(stage, chatId, signal);
      onAnswered?.(++served);
    }
  }
  await Promise.all(Array.from({ length: atOnce }, serveCustomers));
  return written;
}

/** No two are alike, or the second would be the reading of the first. */
function medium(index: number): Pick<InboundMessage, 'type' | 'file'> {
  const { type, fixture, ...file } = KINDS[index % KINDS.length] ?? KINDS[0];
  return { type, file: { ...file, bytes: markedFixture(fixture, newId()) } };
}

async function answered({ simulator }: Stage, chatId: string, signal?: AbortSignal): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline && !signal?.aborted; await sleep(LOOK_MS))
    if (simulator.waha.sent().some((sent) => sent.chatId === chatId && sent.type === 'text')) return;
}

export interface Tally {
  /** Messages of customers that are not stored, or in no turn. */
  lost: number;
  /** Media of customers whose text is not there. */
  mediaUnread: number;
  turns: number;
  /** Texts at the channel beyond one for each turn that was answered. */
  duplicateTexts: number;
  /** Texts that were sent more than once under their id and that the channel took for one. */
  textsSentAgain: number;
  mediaSent: number;
  /** Media at the channel beyond one for each that was to be sent. */
  duplicateMedia: number;
  /** Media of which the shop does not know whether they were sent. */
  mediaUnknown: number;
}

/** What became of everything that a shop's crowd wrote and was sent. */
export async function tally(stage: Stage, { tenantId, channel }: Shop, written: Written): Promise<Tally> {
  const { stored, unanswered, mediaRead, turns, replied, ordered, mediaUnknown } = await stage.db.withTenant(
    tenantId,
    async (tx) => ({
      stored: await tx.message.count({ where: { tenantId, fromMe: false } }),
      unanswered: await unansweredMessages(tx, tenantId),
      mediaRead: await tx.messageEnrichment.count({ where: { tenantId, status: 'completed' } }),
      turns: await tx.messageGroup.count({ where: { tenantId } }),
      replied: await tx.message.groupBy({ by: ['groupId'], where: { tenantId, fromMe: true, groupId: { not: null } } }),
      ordered: await tx.message.count({ where: { tenantId, fromMe: true, groupId: null } }),
      mediaUnknown: await tx.message.count({ where: { tenantId, fromMe: true, status: 'unknown' } }),
    }),
  );
  const sent = stage.simulator.waha.sent().filter(({ session }) => session === channel.externalId);
  const texts = sent.filter(({ type }) => type === 'text');
  const mediaSent = sent.length - texts.length;
  return {
    lost: written.messages - stored + unanswered,
    mediaUnread: written.media - mediaRead,
    turns,
    duplicateTexts: texts.length - replied.length,
    textsSentAgain: texts.filter(({ attempts }) => attempts > 1).length,
    mediaSent,
    duplicateMedia: Math.max(0, mediaSent - ordered),
    mediaUnknown,
  };
}

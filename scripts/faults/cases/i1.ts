import { newPhone, wahaEvent } from '../../../test/support/webhook';
import { isNothing, untilSettled } from '../settled';
import { shuffled } from '../shuffle';
import { outcome, type FaultCase } from '../types';

/** As `message` and as `message.any`, as WAHA sends a message when both are subscribed. */
const COPIES_EACH = 5;
const SETTLE_LIMIT_MS = 60_000;

export const i1: FaultCase = {
  id: 'I1',
  title: 'The same webhook ten times, at once and shuffled',
  promise: 'A webhook that is delivered ten times, in any order and at once, is one message, one turn and one reply.',
  async run(context, { full }) {
    const stage = await context.stage();
    await stage.startApi();
    await stage.startWorkers();
    const { waha } = stage.simulator;
    const { tenantId, channel } = await stage.newShop();
    const messages = full ? 200 : 20;
    const session = channel.externalId;
    const events = Array.from({ length: messages }, () => {
      const timestamp = Math.floor(Date.now() / 1000);
      const { payload } = wahaEvent(channel, { fixture: 'text', phone: newPhone(), payload: { timestamp } });
      const names = Array.from({ length: COPIES_EACH }, () => ['message', 'message.any']).flat();
      return names.map((event) => () => waha.emit(event, payload, { session }));
    });
    const deliveries = await Promise.all(shuffled(events.flat()).map((emit) => emit()));
    const left = await untilSettled(stage, tenantId, { limitMs: SETTLE_LIMIT_MS });
    const counts = await stage.db.withTenant(tenantId, async (tx) => ({
      stored: await tx.message.count({ where: { tenantId, fromMe: false } }),
      turns: await tx.messageGroup.count({ where: { tenantId } }),
      replies: await tx.message.count({ where: { tenantId, fromMe: true } }),
    }));
    const sent = waha.sent().filter((one) => one.session === session);
    const figures = {
      messages,
      deliveries: deliveries.length,
      notAccepted: deliveries.filter(({ status }) => status !== 200).length,
      ...counts,
      sent: sent.length,
      sentTwice: sent.filter(({ attempts }) => attempts > 1).length,
      unfinished: Object.values(left).reduce((sum, count) => sum + count, 0),
    };
    return outcome(figures, {
      'every delivery is answered with 200': figures.notAccepted === 0,
      'one message each': counts.stored === messages,
      'one turn each': counts.turns === messages,
      'one reply each': counts.replies === messages && sent.length === messages && figures.sentTwice === 0,
      'nothing is left over': isNothing(left),
    });
  },
};

import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { createRelay } from '../../core/outbox/relay';
import { createDelivery } from '../../workers/relay';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';
import { enrichmentsOf, newCustomer, PHOTO, repliesTo, settled, turnsOf } from './support';

/** Nothing listens on the port of the discard service. */
const NOBODY = '127.0.0.1:9';

describe('nothing is lost while workers or Temporal are down', () => {
  let product: Product;
  beforeEach(async () => {
    product = await startProduct({ isWorking: false });
  });
  afterEach(() => product.stop());

  const eventsOf = (tenantId: string) =>
    product.db.withSystem((tx) => tx.outboxEvent.findMany({ where: { tenantId, eventType: 'message.created' } }));

  it('takes webhooks while nothing works, and answers them all once the workers are back', async () => {
    const { tenantId } = await product.newShop();
    const customers = [newCustomer(product), newCustomer(product), newCustomer(product)];
    for (const customer of customers) {
      const { deliveries } = await product.simulator.waha.receive({
        session: 'loja',
        from: customer.from,
        pushName: customer.name,
        type: 'text',
        text: 'Vocês estão abertos?',
      });
      assert.deepEqual(deliveries, [{ status: 200 }]);
    }
    await customers[0]?.sends(PHOTO);
    assert.equal(product.simulator.waha.sent().length, 0);

    await product.startWorking();
    for (const customer of customers) await repliesTo(customer, 1);
    await settled(product, tenantId);
    for (const customer of customers) assert.equal(customer.replies().length, 1);
    assert.equal((await turnsOf(product, tenantId)).length, customers.length);
    assert.deepEqual(
      (await enrichmentsOf(product, tenantId)).map(({ status }) => status),
      ['completed'],
    );
  });

  it('keeps events without counting a try while Temporal is gone, and delivers them when it is back', () =>
    deliverLater(NOBODY));

  it('keeps events without counting a try while Temporal hangs, and delivers them when it is back', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => void sockets.add(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    try {
      await deliverLater(`127.0.0.1:${(silent.address() as AddressInfo).port}`);
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });

  async function deliverLater(temporalAddress: string): Promise<void> {
    const { tenantId } = await product.newShop();
    const connection = Connection.lazy({ address: temporalAddress });
    const { db, logger } = product.deps;
    const stopping = new AbortController();
    const relay = createRelay({
      db,
      logger,
      pollMs: 20,
      retryMs: 50,
      deliver: createDelivery(new Client({ connection })),
    });
    const relaying = relay.run(stopping.signal);
    const customer = newCustomer(product);
    await customer.says('Oi, tudo bem?');
    await customer.says('Queria um orçamento');

    const refused = await eventually('a try that failed', async () => {
      const events = await eventsOf(tenantId);
      return events.some(({ lastError }) => lastError?.includes('Temporal did not take')) && events;
    });
    stopping.abort();
    await relaying;
    await connection.close();
    assert.deepEqual(
      refused.map(({ retryCount }) => retryCount),
      [0, 0],
    );
    assert.deepEqual(
      (await eventsOf(tenantId)).map(({ status }) => status),
      ['pending', 'pending'],
    );

    await product.startWorking();
    await repliesTo(customer, 1);
    await settled(product, tenantId);
    assert.equal(customer.replies().length, 1);
    assert.deepEqual(
      (await eventsOf(tenantId)).map(({ status, retryCount }) => ({ status, retryCount })),
      [
        { status: 'processed', retryCount: 0 },
        { status: 'processed', retryCount: 0 },
      ],
    );
  }
});

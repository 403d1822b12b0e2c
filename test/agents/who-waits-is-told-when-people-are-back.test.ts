import assert from 'node:assert/strict';
import { DateTime } from 'luxon';
import { handOver } from '../../core/agents/write-reply';
import { changePeopleSettings } from '../../core/people/settings';
import { startProduct, type Product } from '../support/product';
import { newTurn } from './turns';

describe('who waits is told when people are back', () => {
  let product: Product;
  before(async () => {
    product = await startProduct({ isWorking: false });
  });
  after(() => product.stop());

  /** What leaves when the turn is handed over while people come back on this weekday at half past eight. */
  async function handedOver(said: string, day: number) {
    const { db, deps } = product;
    const { tenantId, turnId } = await newTurn(product, said);
    await db.withTenant(tenantId, (tx) =>
      changePeopleSettings(tx, tenantId, { businessHours: [{ day, from: '08:30', to: '08:45' }] }),
    );
    await handOver(deps, { tenantId, turnId, reason: 'tool_limit' });
    const sent = await db.withTenant(tenantId, (tx) =>
      tx.message.findMany({ where: { tenantId, source: 'bot' }, orderBy: { replyPart: 'asc' } }),
    );
    return sent.map(({ text }) => text).join('\n\n');
  }

  // Not today, whatever the hour is.
  const inDays = (days: number) => DateTime.now().setZone('America/Sao_Paulo').plus({ days });

  it('in the language of the customer', async () => {
    const tomorrow = inDays(1).weekday;
    assert.match(await handedOver('Oi, vocês abrem no sábado?', tomorrow), /equipe.*\n\n.*volta amanhã às 08:30\.$/s);
    assert.match(await handedOver('Hello, are you open on Saturday?', tomorrow), /\n\n.*back tomorrow at 08:30\.$/s);
    assert.match(await handedOver('Hola, ¿abren el sábado?', tomorrow), /\n\n.*vuelve mañana a las 08:30\.$/s);
    const later = inDays(3);
    const day = later.setLocale('en-US').toLocaleString({ weekday: 'long', day: 'numeric', month: 'long' });
    assert.ok((await handedOver('Hello, are you open on Saturday?', later.weekday)).endsWith(`on ${day}, at 08:30.`));
  });
});

import assert from 'node:assert/strict';
import { createAgent } from '../../core/agents/team/agents';
import { customerLanguage } from '../../core/agents/team/language';
import { createVersion } from '../../core/agents/team/versions';
import { newCustomer, repliesTo, settled, turnsOf } from '../journeys/support';
import { startProduct, type Product } from '../support/product';

describe('an agent speaks the language of its customers', () => {
  it('and stays with it for a word that another language has too', () => {
    const said = (...texts: string[]) => customerLanguage(texts.toReversed());
    for (const text of ['me cobraram 2x', 'to sem internet', 'help', 'ok thanks', 'tem on line?', 'deu error 502'])
      assert.equal(said('oi, td bem? queria saber qto custa', text), 'pt', text);
    for (const alone of ['to sem internet', 'me cobraram 2x', 'vlw', 'cadê vcs'])
      assert.equal(said(alone), 'pt', alone);
    assert.equal(said('Quero comprar', 'Sorry, how much does it cost?'), 'en');
    assert.equal(said('Hi', 'thanks'), 'en');
    assert.equal(said('Hola, ¿cuánto cuesta?', 'me sirve'), 'es');
  });

  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.stop());

  it('and is routed to by it, whatever its priority, also for a message without words', async () => {
    const { tenantId } = await product.newShop();
    await product.db.withTenant(tenantId, async (tx) => {
      const { id: agentId } = await createAgent(tx, tenantId, { key: 'sales_abroad', name: 'Sales' });
      const changes = { intents: ['sales_prospecting'], languages: ['en'], priority: 90 } as const;
      await createVersion(tx, tenantId, { agentId, changes, note: null, createdBy: null, isActive: true });
    });
    const customer = newCustomer(product);
    const said = [
      ['I want to buy the coffee machine, how much does it cost?', 'sales_abroad'],
      ['900 ?', 'sales_abroad'],
      ['Quero comprar a cafeteira, quanto custa?', 'sales_prospecting'],
    ] as const;
    for (const [index, [text]] of said.entries()) {
      await customer.says(text);
      await repliesTo(customer, index + 1);
    }
    await settled(product, tenantId);
    assert.deepEqual(
      (await turnsOf(product, tenantId)).map(({ agent }) => agent),
      said.map(([, agent]) => agent),
    );
  });
});

import assert from 'node:assert/strict';
import { newMessage } from '../api/fixtures';
import { startProduct, type Product } from '../support/product';
import { newTurn } from './turns';

describe('memory is what was known before the turn', () => {
  let product: Product;
  before(async () => {
    product = await startProduct({ isWorking: false });
  });
  after(() => product.stop());

  it('and not the very message that is being answered', async () => {
    const turn = await newTurn(product, 'cadê o pedido 4471?');
    const { tenantId, channelId, contactId, conversationId, sessionId } = turn;
    const thread = { channelId, contactId, conversationId, sessionId };
    const earlier = await newMessage(product.db, tenantId, thread, {
      text: 'fiz o pedido 4471 ontem',
      sentAt: new Date(Date.now() - 86_400_000),
    });
    await turn.asks({ name: 'search_memory', arguments: { query: 'pedido 4471' } });
    await turn.runs();
    const [step] = await turn.steps();
    const { results } = step?.output as unknown as { results: { source_id: string }[] };
    assert.deepEqual(
      results.map(({ source_id }) => source_id),
      [earlier],
    );
  });
});

import assert from 'node:assert/strict';
import { changePeopleSettings } from '../../core/people/settings';
import { conversationWorkflowId } from '../../workflows/conversation/ids';
import { eventually } from '../support/eventually';
import { startTestApi, type TestApi } from '../support/http';
import { startProduct, type Product } from '../support/product';
import {
  agentPrompts,
  conversationOf,
  newCustomer,
  repliesTo,
  settled,
  turnsOf,
  turnText,
  VOICE,
  type Customer,
} from './support';

describe('what nobody answered is answered after a hand-back', () => {
  let product: Product;
  let api: TestApi;
  let tenantId: string;
  let key: string;
  let customer: Customer;
  before(async () => {
    product = await startProduct();
    api = await startTestApi(product.environment);
  });
  beforeEach(async () => {
    ({ tenantId, apiKey: key } = await product.newShop());
    customer = newCustomer(product);
    await customer.says('Bom dia! Vocês abrem no sábado?');
    await repliesTo(customer, 1);
    await settled(product, tenantId);
  });
  after(async () => {
    await api.close();
    await product.stop();
  });

  async function hands(verb: 'take-over' | 'hand-back', json: object = {}) {
    const { id } = await conversationOf(product, tenantId);
    return api.request('POST', `/api/v1/conversations/${id}/${verb}`, { key, json });
  }
  async function takeOver() {
    assert.equal((await hands('take-over', { name: 'Ana' })).status, 200);
  }
  async function handBack() {
    const { status, body } = await hands('hand-back');
    assert.deepEqual([status, body.label], [200, 'AI']);
  }
  async function saysUnheard(...texts: string[]) {
    for (const text of texts) await customer.says(text);
    await settled(product, tenantId);
  }
  async function personSays(text: string) {
    const { contactId, channelId } = await conversationOf(product, tenantId);
    const json = { contact_id: contactId, channel_id: channelId, text };
    const sent = await api.request('POST', '/api/v1/messages/send', { key, json });
    assert.ok(sent.status < 300, JSON.stringify(sent.body));
    await settled(product, tenantId);
  }
  const outcomes = async () => (await turnsOf(product, tenantId)).map(({ outcome }) => outcome);

  it('in one turn over all of it, however often it is handed back', async () => {
    await takeOver();
    await saysUnheard('Quanto custa a cafeteira preta?', 'E vocês entregam em Niterói?');
    assert.equal(customer.replies().length, 1);
    await handBack();
    await handBack();
    await repliesTo(customer, 2);
    await settled(product, tenantId);
    assert.equal(customer.replies().length, 2);
    const turns = await turnsOf(product, tenantId);
    assert.deepEqual(await outcomes(), ['replied', 'replied']);
    const asked = turnText(agentPrompts(product, customer).at(-1) ?? []);
    assert.match(asked, /cafeteira preta[^]*Niterói/);
    const path = `/api/v1/message-groups/${turns[1]?.groupId}`;
    const { body: group } = await api.request('GET', path, { key });
    assert.deepEqual(
      group.messages.map(({ text }: { text: string }) => text),
      ['Quanto custa a cafeteira preta?', 'E vocês entregam em Niterói?'],
    );
    await customer.says('Obrigada');
    await repliesTo(customer, 3);
    assert.deepEqual(await outcomes(), ['replied', 'replied', 'replied']);
  });

  it('not when a person had answered last, and not after the session has ended', async () => {
    await takeOver();
    await saysUnheard('Quanto custa a cafeteira preta?');
    await personSays('Custa 400 reais.');
    await handBack();
    await settled(product, tenantId);
    assert.deepEqual(await outcomes(), ['replied']);

    await takeOver();
    await saysUnheard('E a branca?');
    const { id: sessionId } = await product.db.withTenant(tenantId, (tx) => tx.session.findFirstOrThrow());
    const closed = await api.request('POST', `/api/v1/sessions/${sessionId}/close`, { key, json: {} });
    assert.equal(closed.status, 200, JSON.stringify(closed.body));
    assert.equal((await hands('hand-back', { session_id: sessionId })).body.code, 'SESSION_CLOSED');
    await handBack();
    await settled(product, tenantId);
    assert.deepEqual(await outcomes(), ['replied']);
  });

  it('once, when it was taken over again before the answer', async () => {
    await takeOver();
    await saysUnheard('Quanto custa a cafeteira preta?');
    await product.stopWorking();
    await handBack();
    await takeOver();
    await product.startWorking();
    await settled(product, tenantId);
    assert.equal(customer.replies().length, 1);
    assert.deepEqual(await outcomes(), ['replied']);
    await handBack();
    await repliesTo(customer, 2);
    await settled(product, tenantId);
    assert.deepEqual(await outcomes(), ['replied', 'replied']);
  });

  it('with what comes right after it, and by a workflow that has to be started for it', async () => {
    await product.db.withTenant(tenantId, (tx) => changePeopleSettings(tx, tenantId, { doubleText: 'enqueue' }));
    await product.db.withTenant(tenantId, (tx) => tx.channel.updateMany({ data: { debounceTimeoutMs: 1_500 } }));
    await takeOver();
    await saysUnheard('Quanto custa a cafeteira preta?', 'Tem alguém aí?');
    const workflowId = conversationWorkflowId(await conversationOf(product, tenantId));
    await product.client.workflow.getHandle(workflowId).terminate('lost');
    await handBack();
    await eventually('the turn', async () => (await turnsOf(product, tenantId)).length === 2);
    await settled(product, tenantId);
    assert.equal(customer.replies().length, 2);
    assert.match(turnText(agentPrompts(product, customer).at(-1) ?? []), /cafeteira preta[^]*Tem alguém/);
  });

  it('also what was spoken, once it is read', async () => {
    await takeOver();
    await customer.sends(VOICE);
    await settled(product, tenantId);
    await handBack();
    await repliesTo(customer, 2);
    await settled(product, tenantId);
    assert.deepEqual(await outcomes(), ['replied', 'replied']);
  });
});

import assert from 'node:assert/strict';
import { handOverMessage } from '../../core/agents/prompts';
import { createCallPolicy, type CallPolicy } from '../../core/providers/policy';
import { overloaded, type Fault } from '../../simulator';
import { startProduct, type Product } from '../support/product';
import { agentPrompts, conversationOf, handTo, newCustomer, repliesTo, settled, turnsOf, turnText } from './support';

/** The product waits 30 s for an answer; a test need not. */
function impatient(policy: CallPolicy): CallPolicy {
  return { ...policy, run: (target, signal, fn) => policy.run({ ...target, timeoutMs: 300 }, signal, fn) };
}

const FAULTS: { how: string; fault: Fault }[] = [
  { how: 'answers with an error', fault: overloaded('openai') },
  { how: 'never answers', fault: { kind: 'hang' } },
];

describe('a dead model hands over honestly', () => {
  for (const { how, fault } of FAULTS) {
    describe(`when the model ${how}`, () => {
      let product: Product;
      before(async () => {
        product = await startProduct({ isWorking: false });
        product.deps.callPolicy = impatient(product.deps.callPolicy);
        await product.startWorking();
      });
      after(() => product.stop());

      it('says so once, stays silent until a person gives the conversation back, and then answers what it owes', async () => {
        const { tenantId } = await product.newShop();
        const customer = newCustomer(product);
        product.simulator.fault('openai', fault);
        await customer.says('Bom dia, vocês entregam no sábado?');

        const [notice] = await repliesTo(customer, 1);
        assert.equal(notice?.text, handOverMessage('model_unavailable', 'pt'));
        const [turn] = await turnsOf(product, tenantId);
        assert.equal(turn?.outcome, 'handed_over');
        assert.equal(turn?.outcomeReason, 'model_unavailable');
        const conversation = await conversationOf(product, tenantId);
        assert.equal(conversation.handler, 'waiting');
        assert.equal(conversation.handlerReason, 'model_unavailable');

        product.simulator.clearFaults();
        await customer.says('Alô? Tem alguém aí?');
        await settled(product, tenantId);
        assert.equal(customer.replies().length, 1);
        assert.equal((await turnsOf(product, tenantId)).length, 1);

        // The breaker may be open for half a minute yet; a policy of its own is what another worker process has.
        product.deps.callPolicy = impatient(createCallPolicy());
        await handTo(product, tenantId, 'ai');
        await customer.says('Voltei, e a entrega?');
        await repliesTo(customer, 2);
        await settled(product, tenantId);
        const asked = agentPrompts(product, customer).map(turnText);
        assert.ok(
          asked.some((text) => /no sábado[^]*Tem alguém aí[^]*Voltei, e a entrega/.test(text)),
          asked.join('\n---\n'),
        );
        assert.ok((await turnsOf(product, tenantId)).some(({ outcome }) => outcome === 'replied'));
      });
    });
  }
});

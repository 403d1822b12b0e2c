import assert from 'node:assert/strict';
import { requestApprovals } from '../../core/agents/approvals/request';
import { resolveApproval } from '../../core/agents/approvals/resolve';
import { settleApproval } from '../../core/agents/approvals/settle';
import { runTool } from '../../core/agents/run-tool';
import { handOver, writeReply } from '../../core/agents/write-reply';
import { ALL_SCOPES } from '../../core/accounts/scopes';
import { changeHandler } from '../../core/conversation/handler';
import { deleteContact } from '../../core/crm/contacts';
import { failTurn, interruptTurn } from '../../core/conversation/turns';
import type { Database } from '../../core/database';
import { isAppError } from '../../core/errors';
import { sendMessage } from '../../core/sending/send-message';
import { startProduct, type Product } from '../support/product';
import { newTurn, type SteppedTurn } from './turns';

const LEAVING = 'Quero cancelar o plano, ficou caro';
const NOTE = { name: 'create_note', arguments: { content: 'ligar amanhã' } };

describe('a turn that ended acts no more', () => {
  let product: Product;
  before(async () => {
    product = await startProduct({ isWorking: false });
  });
  after(() => product.stop());

  const takeOver = ({ tenantId, conversationId }: SteppedTurn) =>
    product.db.withTenant(tenantId, (tx) =>
      changeHandler(tx, { tenantId, conversationId, handler: 'human', name: 'Bia', reason: null }),
    );
  const ENDS: Record<string, (turn: SteppedTurn) => Promise<unknown>> = {
    interrupted: (turn) => interruptTurn(product.db, turn),
    taken_over: takeOver,
    contact_deleted: ({ tenantId, contactId }) =>
      product.db.withTenant(tenantId, (tx) => deleteContact(tx, tenantId, contactId)),
    turn_failed: (turn) => failTurn(product.db, turn),
    turn_ended: (turn) => handOver(product.deps, { ...turn, reason: 'internal_error' }),
  };

  for (const [reason, end] of Object.entries(ENDS)) {
    it(`by a tool that was running when it was ${reason}`, async () => {
      // Before any of the transactions of the call, the turn may end.
      let hasEnded = true;
      for (let nth = 1; hasEnded; nth++) {
        const turn = await newTurn(product, LEAVING);
        await turn.asks(NOTE);
        const [step] = await turn.steps();
        assert.equal(step?.status, 'requested');
        hasEnded = false;
        const db = beforeTransaction(product.db, nth, async () => {
          await end(turn);
          hasEnded = true;
        });
        const ref = { ...turn, step: 1, callId: step.callId };
        const attempt = { activityKey: 'note', signal: new AbortController().signal };
        const { status } = await runTool({ ...product.deps, db }, 'create_note', ref, attempt);
        const { tenantId } = turn;
        const notes = await product.db.withTenant(tenantId, (tx) => tx.note.count({ where: { tenantId } }));
        const [after] = await turn.steps();
        const is = [status, notes, after?.status, after?.rule];
        if (hasEnded) assert.deepEqual(is, ['refused', 0, 'refused', 'turn_over'], `ended before transaction ${nth}`);
        else assert.deepEqual([is, nth > 1], [['done', 1, 'done', null], true], 'there were no more transactions');
      }
    });

    it(`and its call that waits for a person is cancelled when it was ${reason}`, async () => {
      const turn = await newTurn(product, LEAVING);
      const { tenantId } = turn;
      await product.db.withTenant(tenantId, (tx) =>
        tx.approvalSettings.create({ data: { tenantId, toolPolicies: { create_note: 'ask' } } }),
      );
      await turn.asks(NOTE);
      const [waiting] = await requestApprovals(product.db, { ...turn, step: 1 });
      assert.ok(waiting);
      const ref = { tenantId, approvalId: waiting.approvalId };
      await end(turn);
      const approval = await product.db.withTenant(tenantId, (tx) => tx.approval.findFirst({ where: { tenantId } }));
      assert.deepEqual([approval?.status, approval?.reason], ['cancelled', reason]);
      assert.ok(approval?.resolvedAt);
      const [step] = await turn.steps();
      assert.deepEqual([step?.status, step?.rule], ['refused', 'tool_ask']);
      const events = await product.db.withTenant(tenantId, (tx) =>
        tx.outboxEvent.count({ where: { tenantId, eventType: 'approval.cancelled' } }),
      );
      assert.equal(events, 1);
      const by = { userId: null, scopes: ALL_SCOPES };
      const late = resolveApproval(product.db, { ...ref, by, decision: { verb: 'approve', reason: null } });
      await assert.rejects(late, (error) => isAppError(error, 'CONFLICT'));
      assert.deepEqual(await settleApproval(product.db, ref), { next: 'escalate' });
    });
  }

  it('nor answers somebody who was deleted, with what was written before or after', async () => {
    const [answered, queued] = [await newTurn(product, LEAVING), await newTurn(product, LEAVING)];
    for (const turn of [answered, queued]) await turn.answers('Entendo. O que mais pesou para você?');
    await writeReply(product.deps, queued);
    for (const turn of [answered, queued]) await ENDS['contact_deleted']?.(turn);
    assert.equal(await writeReply(product.deps, answered), 'silenced');
    const outcome = await product.db.withTenant(answered.tenantId, (tx) =>
      tx.decisionRecord.findFirstOrThrow({ where: { tenantId: answered.tenantId } }),
    );
    assert.equal(outcome.outcomeReason, 'contact_deleted');
    const { tenantId } = queued;
    const [message] = await product.db.withTenant(tenantId, (tx) =>
      tx.message.findMany({ where: { tenantId, source: 'bot' } }),
    );
    assert.ok(message);
    const sent = await sendMessage(product.deps, { tenantId, messageId: message.id }, new AbortController().signal);
    assert.equal(sent.status, 'cancelled');
  });
});

/** The database, in which something happens before its nth transaction begins. */
function beforeTransaction(db: Database, nth: number, end: () => Promise<unknown>): Database {
  let count = 0;
  const begin = async () => {
    if (++count === nth) await end();
  };
  return {
    ...db,
    async withTenant(tenantId, work, options) {
      await begin();
      return db.withTenant(tenantId, work, options);
    },
    async endWith(tenantId, work, lastOf, options) {
      await begin();
      return db.endWith(tenantId, work, lastOf, options);
    },
  };
}

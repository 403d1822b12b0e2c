import assert from 'node:assert/strict';
import { ALL_SCOPES, type Scope } from '../../core/accounts/scopes';
import { resolveApproval, type Decision } from '../../core/agents/approvals/resolve';
import { changeApprovalSettings } from '../../core/agents/approvals/settings';
import type { ApprovalSettings } from '../../core/agents/approvals/types';
import { isAppError } from '../../core/errors';
import { newTenant } from '../support/tenant';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';
import { turnWorkflowId } from '../../workflows/turn/ids';
import { resolveApproval as resolveByUpdate } from '../../workflows/turn/messages';
import { handTo, newCustomer, repliesTo, settled, turnsOf } from './support';

const EMAIL = 'marina@example.com';
const SCRIPT = {
  language: {
    rules: [
      { match: { schemaName: 'facts' }, builtIn: true },
      { match: { hasToolResult: false }, toolCalls: [{ name: 'update_contact', arguments: { email: EMAIL } }] },
      { match: { hasToolResult: true }, text: 'Certo, obrigado por avisar.' },
    ],
  },
};

describe('a call waits for a person', () => {
  let product: Product;
  before(async () => {
    product = await startProduct({ script: SCRIPT });
  });
  after(() => product.stop());

  /** A turn whose call of update_contact waits, since the company wants to allow each of them. */
  async function waitingCall(settings: Partial<ApprovalSettings> = {}) {
    const { tenantId } = await product.newShop();
    const own = { toolPolicies: { update_contact: 'ask' as const }, ...settings };
    await product.db.withTenant(tenantId, (tx) => changeApprovalSettings(tx, tenantId, own));
    const customer = newCustomer(product);
    await customer.says('Oi, meu e-mail mudou');
    const approval = await eventually('the approval', () =>
      product.db.withTenant(tenantId, (tx) => tx.approval.findFirst({ where: { tenantId } })),
    );
    const resolve = (decision: Partial<Decision> & Pick<Decision, 'verb'>, scopes: readonly Scope[] = ALL_SCOPES) =>
      resolveApproval(product.db, {
        tenantId,
        approvalId: approval.id,
        by: { userId: null, scopes },
        decision: { reason: null, ...decision },
      });
    const ended = async () => {
      await repliesTo(customer, 1);
      await settled(product, tenantId);
      return product.db.withTenant(tenantId, async (tx) => ({
        contact: await tx.contact.findFirstOrThrow({ where: { tenantId } }),
        step: await tx.decisionStep.findFirstOrThrow({ where: { tenantId, kind: 'tool' } }),
        approval: await tx.approval.findFirstOrThrow({ where: { tenantId } }),
        changes: await tx.outboxEvent.count({ where: { tenantId, eventType: 'contact.updated' } }),
        events: await tx.outboxEvent.findMany({ where: { tenantId, aggregateType: 'approval' } }),
      }));
    };
    return { tenantId, customer, approval, resolve, ended };
  }

  const refusedWith = (code: string) => (error: unknown) => isAppError(error) && error.code === code;

  it('runs what was approved, once, also after the workers were gone, and says no to a second decision', async () => {
    const { tenantId, approval, resolve, ended } = await waitingCall();
    await product.stopWorking();
    const decisions = await Promise.allSettled(Array.from({ length: 5 }, () => resolve({ verb: 'approve' })));
    await product.startWorking();
    const { contact, step, changes, events } = await ended();
    const reasons = decisions.flatMap((decision) =>
      decision.status === 'rejected' ? [decision.reason as unknown] : [],
    );
    assert.equal(reasons.length, 4);
    assert.ok(reasons.every(refusedWith('APPROVAL_RESOLVED')));
    assert.deepEqual([contact.email, step.status, changes], [EMAIL, 'done', 1]);
    assert.deepEqual(events.map(({ eventType }) => eventType).sort(), ['approval.requested', 'approval.resolved']);
    await assert.rejects(resolve({ verb: 'reject' }), refusedWith('APPROVAL_RESOLVED'));
    const stranger = await newTenant(product.db);
    await assert.rejects(
      resolveApproval(product.db, {
        tenantId: stranger.tenantId,
        approvalId: approval.id,
        by: { userId: null, scopes: ALL_SCOPES },
        decision: { verb: 'approve', reason: null },
      }),
      refusedWith('NOT_FOUND'),
    );
    assert.equal((await turnsOf(product, tenantId))[0]?.outcome, 'replied');
  });

  it('runs with the arguments of whoever edited it, and only with right ones', async () => {
    const { resolve, ended } = await waitingCall();
    await assert.rejects(
      resolve({ verb: 'edit', arguments: { email: 'no address' } }),
      refusedWith('VALIDATION_ERROR'),
    );
    await assert.rejects(resolve({ verb: 'edit' }), refusedWith('VALIDATION_ERROR'));
    await assert.rejects(resolve({ verb: 'approve' }, ['members.manage']), refusedWith('FORBIDDEN'));
    await resolve({ verb: 'edit', arguments: { email: 'm.alves@example.com' } });
    const { contact, approval } = await ended();
    assert.equal(contact.email, 'm.alves@example.com');
    assert.deepEqual([approval.status, approval.input], ['edited', { email: EMAIL }]);
  });

  it('tells the agent what was refused or answered instead, and does nothing', async () => {
    const rejected = await waitingCall();
    await rejected.resolve({ verb: 'reject', reason: 'confirme com o cliente antes' });
    const after = await rejected.ended();
    assert.deepEqual([after.contact.email, after.step.status, after.changes], [null, 'refused', 0]);
    assert.match(JSON.stringify(after.step.output), /confirme com o cliente antes/);

    const answered = await waitingCall();
    await answered.resolve({ verb: 'respond', response: 'o e-mail já está certo' });
    const told = await answered.ended();
    assert.deepEqual([told.contact.email, told.step.output], [null, { answer_of_a_person: 'o e-mail já está certo' }]);
  });

  for (const [onExpiry, email, outcome] of [
    ['reject', null, 'replied'],
    ['approve', EMAIL, 'replied'],
    ['escalate', null, 'handed_over'],
  ] as const) {
    it(`goes on with “${onExpiry}” when nobody decides in time`, async () => {
      const { tenantId, approval, resolve, ended } = await waitingCall({ onExpiry });
      // The timer of the workflow is a real one; only the row is made old.
      await product.db.withTenant(tenantId, (tx) =>
        tx.approval.updateMany({ where: { tenantId }, data: { expiresAt: new Date(Date.now() - 1_000) } }),
      );
      await assert.rejects(resolve({ verb: 'approve' }), refusedWith('APPROVAL_EXPIRED'));
      const handle = product.client.workflow.getHandle(turnWorkflowId({ tenantId, turnId: approval.groupId }));
      await handle.signal('approvalResolved', { approvalId: approval.id });
      const { contact, events } = await ended();
      assert.equal(contact.email, email);
      assert.deepEqual(events.map(({ eventType }) => eventType).sort(), ['approval.expired', 'approval.requested']);
      assert.equal((await turnsOf(product, tenantId))[0]?.outcome, outcome);
    });
  }

  it('is resolved by an update of its workflow, too, whose faults are the sender’s', async () => {
    const { tenantId, approval, ended } = await waitingCall();
    const handle = product.client.workflow.getHandle(turnWorkflowId({ tenantId, turnId: approval.groupId }));
    const update = (verb: 'approve' | 'edit') =>
      handle.executeUpdate(resolveByUpdate, { args: [{ approvalId: approval.id, verb }] });
    await assert.rejects(update('edit'), /failed/i);
    assert.deepEqual(await update('approve'), { status: 'approved' });
    assert.equal((await ended()).contact.email, EMAIL);
  });

  it('does not run any more when a person took the conversation over, and the turn ends at once', async () => {
    const { tenantId, resolve, approval } = await waitingCall();
    await handTo(product, tenantId, 'human');
    await assert.rejects(resolve({ verb: 'approve' }), refusedWith('CONFLICT'));
    await settled(product, tenantId);
    const [turn] = await turnsOf(product, tenantId);
    assert.deepEqual([turn?.outcome, turn?.outcomeReason], ['silenced', 'taken over: human']);
    const after = await product.db.withTenant(tenantId, (tx) => tx.approval.findFirst({ where: { id: approval.id } }));
    assert.deepEqual([after?.status, after?.reason], ['cancelled', 'taken_over']);
  });

  it('is refused at once where agents of the company never use the tool', async () => {
    const { tenantId } = await product.newShop();
    await product.db.withTenant(tenantId, (tx) =>
      changeApprovalSettings(tx, tenantId, { toolPolicies: { update_contact: 'never' } }),
    );
    const customer = newCustomer(product);
    await customer.says('Oi, meu e-mail mudou');
    await repliesTo(customer, 1);
    const step = await product.db.withTenant(tenantId, (tx) =>
      tx.decisionStep.findFirstOrThrow({ where: { tenantId, kind: 'tool' } }),
    );
    assert.deepEqual([step.status, step.rule], ['refused', 'tool_never']);
  });
});

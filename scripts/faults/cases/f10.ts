import { setTimeout as sleep } from 'node:timers/promises';
import { resolveApproval as resolveByUpdate } from '../../../workflows/turn/messages';
import { turnWorkflowId } from '../../../workflows/turn/ids';
import { newPhone } from '../../../test/support/webhook';
import { ask } from '../ask';
import { isNothing, untilSettled } from '../settled';
import type { Shop, Stage } from '../stage';
import { outcome, type FaultCase } from '../types';
import { until } from '../until';

/** Long enough for every call to be waiting before the first one's time is over. */
const WAIT_SECONDS = { short: 25, full: 150 };
const SETTLE_LIMIT_MS = 90_000;
/** By REST, of each approval, at once and again after the workers were killed. */
const RESOLVES = 5;

interface Waiting {
  id: string;
  groupId: string;
}

export const f10: FaultCase = {
  id: 'F10',
  title:
    'Approvals resolved many times, by REST and by update, while the workers are killed, and after their time is over',
  promise:
    'What a person approves happens once, however often it is approved and whatever is restarted; what nobody approves in time does not happen.',
  async run(context, { full }) {
    const stage = await context.stage({ settings: { OUTBOX_POLL_MS: '100' } });
    await stage.startApi();
    const workers = await stage.startWorkers();
    const customers = full ? 60 : 6;
    const waitSeconds = full ? WAIT_SECONDS.full : WAIT_SECONDS.short;
    stage.simulator.script({
      language: {
        rules: [
          { match: { schemaName: 'facts' }, builtIn: true },
          {
            match: { hasToolResult: false },
            toolCalls: [{ name: 'update_contact', arguments: { language: 'es' } }],
          },
          { match: { hasToolResult: true }, text: 'Certo, obrigado por avisar.' },
        ],
      },
    });
    const shop = await stage.newShop();
    const { tenantId, channel } = shop;
    const settings = { wait_seconds: waitSeconds, tool_policies: { update_contact: 'ask' } };
    await ask(stage, shop, '/api/v1/approval-settings', { method: 'PATCH', body: settings });
    for (let index = 0; index < customers; index++)
      await stage.simulator.waha.receive({
        session: channel.externalId,
        from: `${newPhone()}@c.us`,
        type: 'text',
        text: 'Oi, prefiro falar em espanhol',
      });
    const pending = async () => (await approvalsOf(stage, tenantId, 'pending')) as Waiting[];
    await until(async () => (await pending()).length === customers, waitSeconds * 1000);
    const asked = await pending();
    // Every third is left until its time is over.
    const wanted = asked.filter((_, index) => index % 3 !== 0);
    const left = asked.filter((_, index) => index % 3 === 0);

    await workers.kill();
    const resolve = (approval: Waiting) => approve(stage, shop, approval);
    const first = await Promise.all(wanted.flatMap((one) => Array.from({ length: RESOLVES }, () => resolve(one))));
    await stage.startWorkers();
    const again = await Promise.all(wanted.map(resolve));
    const updates = await Promise.allSettled(
      wanted.map(({ id, groupId: turnId }) =>
        stage.client.workflow
          .getHandle(turnWorkflowId({ tenantId, turnId }))
          .executeUpdate(resolveByUpdate, { args: [{ approvalId: id, verb: 'approve' }] }),
      ),
    );
    await sleep(waitSeconds * 1000);
    const unfinished = await untilSettled(stage, tenantId, { limitMs: SETTLE_LIMIT_MS });
    const late = await Promise.all(left.map(resolve));

    const changes = await stage.db.withTenant(tenantId, (tx) =>
      tx.outboxEvent.groupBy({
        by: ['aggregateId'],
        where: { tenantId, eventType: 'contact.updated' },
        _count: { _all: true },
      }),
    );
    const counts = changes.map(({ _count }) => _count._all);
    const withCode = (answers: Answer[], code: string) => answers.filter((answer) => answer.code === code).length;
    const figures = {
      approvals: asked.length,
      resolves: first.length + again.length + updates.length + late.length,
      taken: first.filter(({ status }) => status === 200).length,
      saidResolved: withCode([...first, ...again], 'APPROVAL_RESOLVED'),
      updatesTaken: updates.filter(({ status }) => status === 'fulfilled').length,
      saidExpired: withCode(late, 'APPROVAL_EXPIRED'),
      sideEffects: counts.reduce((sum, count) => sum + count, 0),
      mostOfOneCall: Math.max(0, ...counts),
    };
    return outcome(figures, {
      'every call waited': asked.length === customers,
      'one of each was taken, the others say so':
        figures.taken === wanted.length && figures.saidResolved === first.length - wanted.length + again.length,
      'no second by update': figures.updatesTaken === 0,
      'one side effect of each approved call, none of the others':
        figures.sideEffects === wanted.length && figures.mostOfOneCall === 1,
      'too late is a conflict': figures.saidExpired === left.length,
      'nothing is left over': isNothing(unfinished),
    });
  },
};

interface Answer {
  status: number;
  code: string | undefined;
}

async function approve(stage: Stage, shop: Shop, { id }: Waiting): Promise<Answer> {
  const route = `/api/v1/approvals/${id}/resolve`;
  const response = await ask(stage, shop, route, { method: 'POST', body: { verb: 'approve' } });
  const { code } = (await response.json()) as { code?: string };
  return { status: response.status, code };
}

function approvalsOf({ db }: Stage, tenantId: string, status: string) {
  return db.withTenant(tenantId, (tx) =>
    tx.approval.findMany({ where: { tenantId, status }, select: { id: true, groupId: true }, orderBy: { id: 'asc' } }),
  );
}

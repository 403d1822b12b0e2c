import { resolveApproval as resolveByUpdate } from '../../../workflows/turn/messages';
import { turnWorkflowId } from '../../../workflows/turn/ids';
import { newPhone } from '../../../test/support/webhook';
import { ask } from '../ask';
import { isNothing, untilSettled } from '../settled';
import type { Shop, Stage } from '../stage';
import { outcome, type FaultCase } from '../types';
import { until } from '../until';

/** Of what is approved: nothing of it ends by itself, however slow the machine is. */
const LONG_WAIT_SECONDS = 3_600;
/** Of what nobody approves. */
const SHORT_WAIT_SECONDS = 10;
const ASKED_LIMIT_MS = 120_000;
const SETTLE_LIMIT_MS = 90_000;
/** By REST, of each approval, at once and again after the workers were killed. */
const RESOLVES = 5;

interface Waiting {
  id: string;
  tenantId: string;
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
    const approved = full ? 40 : 4;
    const forgotten = full ? 20 : 2;
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
    const attentive = await stage.newShop();
    const forgetful = await stage.newShop();
    const [wanted, left] = await Promise.all([
      askedFor(stage, attentive, { customers: approved, waitSeconds: LONG_WAIT_SECONDS }),
      askedFor(stage, forgetful, { customers: forgotten, waitSeconds: SHORT_WAIT_SECONDS }),
    ]);

    await workers.kill();
    const resolve = (approval: Waiting) => approve(stage, attentive, approval);
    const first = await Promise.all(wanted.flatMap((one) => Array.from({ length: RESOLVES }, () => resolve(one))));
    await stage.startWorkers();
    const again = await Promise.all(wanted.map(resolve));
    const updates = await Promise.allSettled(
      wanted.map(({ id, tenantId, groupId: turnId }) =>
        stage.client.workflow
          .getHandle(turnWorkflowId({ tenantId, turnId }))
          .executeUpdate(resolveByUpdate, { args: [{ approvalId: id, verb: 'approve' }] }),
      ),
    );
    // Those that nobody approved are over then too.
    const unfinished = await Promise.all(
      [attentive, forgetful].map(({ tenantId }) => untilSettled(stage, tenantId, { limitMs: SETTLE_LIMIT_MS })),
    );
    const late = await Promise.all(left.map((approval) => approve(stage, forgetful, approval)));

    const counts = (await Promise.all([attentive, forgetful].map((shop) => changesOf(stage, shop)))).flat();
    const withCode = (answers: Answer[], code: string) => answers.filter((answer) => answer.code === code).length;
    const figures = {
      approvals: wanted.length + left.length,
      resolves: first.length + again.length + updates.length + late.length,
      taken: first.filter(({ status }) => status === 200).length,
      saidResolved: withCode([...first, ...again], 'APPROVAL_RESOLVED'),
      updatesTaken: updates.filter(({ status }) => status === 'fulfilled').length,
      saidExpired: withCode(late, 'APPROVAL_EXPIRED'),
      sideEffects: counts.reduce((sum, count) => sum + count, 0),
      mostOfOneCall: Math.max(0, ...counts),
    };
    return outcome(figures, {
      'every call waited': wanted.length === approved && left.length === forgotten,
      'one of each was taken, the others say so':
        figures.taken === wanted.length && figures.saidResolved === first.length - wanted.length + again.length,
      'no second by update': figures.updatesTaken === 0,
      'one side effect of each approved call, none of the others':
        figures.sideEffects === wanted.length && figures.mostOfOneCall === 1,
      'too late is a conflict': figures.saidExpired === left.length,
      'nothing is left over': unfinished.every(isNothing),
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

/** Customers of a shop write what its agent answers with a call that a person must allow. @returns the calls, once all are asked for */
async function askedFor(
  stage: Stage,
  shop: Shop,
  { customers, waitSeconds }: { customers: number; waitSeconds: number },
): Promise<Waiting[]> {
  const { tenantId, channel } = shop;
  const settings = { wait_seconds: waitSeconds, tool_policies: { update_contact: 'ask' } };
  const response = await ask(stage, shop, '/api/v1/approval-settings', { method: 'PATCH', body: settings });
  if (!response.ok) throw new Error(`the settings answer ${response.status}`);
  for (let index = 0; index < customers; index++)
    await stage.simulator.waha.receive({
      session: channel.externalId,
      from: `${newPhone()}@c.us`,
      type: 'text',
      text: 'Oi, prefiro falar em espanhol',
    });
  let asked: Waiting[] = [];
  await until(async () => {
    const rows = await stage.db.withTenant(tenantId, (tx) => tx.approval.findMany({ where: { tenantId } }));
    asked = rows.flatMap(({ id, groupId }) => (groupId === null ? [] : [{ id, tenantId, groupId }]));
    return asked.length === customers;
  }, ASKED_LIMIT_MS);
  return asked;
}

/** How often each contact of the shop was changed. */
async function changesOf({ db }: Stage, { tenantId }: Shop): Promise<number[]> {
  const changes = await db.withTenant(tenantId, (tx) =>
    tx.outboxEvent.groupBy({
      by: ['aggregateId'],
      where: { tenantId, eventType: 'contact.updated' },
      _count: { _all: true },
    }),
  );
  return changes.map(({ _count }) => _count._all);
}

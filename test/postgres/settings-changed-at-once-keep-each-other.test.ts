import assert from 'node:assert/strict';
import { changeApprovalSettings, loadApprovalSettings } from '../../core/agents/approvals/settings';
import type { Tx } from '../../core/database';
import { changePeopleSettings, readPeopleSettings } from '../../core/people/settings';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { newTenant } from '../support/tenant';

describe('settings changed at once keep each other', () => {
  const db = testDatabase();
  after(() => db.close());

  /** The second change begins while the first is not committed yet, and has to wait for it. */
  async function atOnce(tenantId: string, first: (tx: Tx) => Promise<unknown>, second: (tx: Tx) => Promise<unknown>) {
    let later: Promise<unknown> | undefined;
    await db.withTenant(tenantId, async (tx) => {
      await first(tx);
      later = db.withTenant(tenantId, second);
      await eventually('the second change waits', async () => {
        const waiting = await tx.$queryRaw<unknown[]>`
          select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`;
        return waiting.length > 0;
      });
    });
    await later;
  }

  it('of approvals, the first ones and later ones', async () => {
    const { tenantId } = await newTenant(db);
    for (const waitSeconds of [60, 90]) {
      const onExpiry = waitSeconds === 60 ? 'escalate' : 'approve';
      await atOnce(
        tenantId,
        (tx) => changeApprovalSettings(tx, tenantId, { waitSeconds }),
        (tx) => changeApprovalSettings(tx, tenantId, { onExpiry }),
      );
      const settings = await db.withTenant(tenantId, (tx) => loadApprovalSettings(tx, tenantId));
      assert.deepEqual(settings, { waitSeconds, onExpiry, toolPolicies: {} });
    }
  });

  it('of people, the first ones and later ones', async () => {
    const { tenantId } = await newTenant(db);
    for (const unansweredMinutes of [5, 7]) {
      const strategy = unansweredMinutes === 5 ? 'score' : 'round_robin';
      await atOnce(
        tenantId,
        (tx) => changePeopleSettings(tx, tenantId, { unansweredMinutes }),
        (tx) => changePeopleSettings(tx, tenantId, { strategy }),
      );
      const settings = await db.withTenant(tenantId, (tx) => readPeopleSettings(tx, tenantId));
      assert.deepEqual(settings, {
        strategy,
        unansweredMinutes,
        unansweredAction: 'event',
        maxReassignments: 3,
        doubleText: 'coalesce',
        businessHours: null,
        notifyPrevious: true,
      });
    }
  });
});

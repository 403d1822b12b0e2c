import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { Database } from '../../core/database';
import { newId } from '../../core/ids';
import { createBudget, getBudget } from '../../core/money/budgets';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';

const COSTS = path.join(__dirname, '../../scripts/costs/main.js');

describe('the budget command changes only the one it names', () => {
  let db: Database;
  let tenantId: string;
  before(() => (db = testDatabase()));
  beforeEach(async () => {
    ({ tenantId } = await newTenant(db));
  });
  after(() => db.close());

  const make = (subjectId: string) =>
    db.withTenant(tenantId, (tx) =>
      createBudget(tx, tenantId, { scope: 'campaign', subjectId, period: 'day', capMicros: 10_000 }),
    );
  const capOf = async (id: string) => (await db.withTenant(tenantId, (tx) => getBudget(tx, tenantId, id))).capMicros;
  const setCampaign = (capMicros: number, ...more: string[]) => {
    const cap = ['--period', 'day', '--cap', String(capMicros)];
    const args = ['budget', 'set', '--tenant', tenantId, '--scope', 'campaign', ...cap, ...more];
    return spawnSync(process.execPath, [COSTS, ...args], { encoding: 'utf8' });
  };

  it('and none where the campaign is not named', async () => {
    const { id } = await make(newId());
    const { status, stderr } = setCampaign(5);
    assert.match(stderr, /subject_id must be the id of the campaign/);
    assert.equal(status, 2);
    assert.equal(await capOf(id), 10_000n);
  });

  it('and not the newest of another, however the id is written', async () => {
    const campaign = newId();
    const named = await make(campaign);
    const newest = await make(newId());
    assert.equal(setCampaign(5, '--subject', campaign.toUpperCase()).status, 0);
    assert.deepEqual([await capOf(named.id), await capOf(newest.id)], [5n, 10_000n]);
  });
});

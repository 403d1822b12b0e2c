import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { anyFreePort } from '../../scripts/embedded/ports';
import { eventually } from '../support/eventually';
import { startProduct, type Product } from '../support/product';
import { agentPrompts, enrichmentsOf, newCustomer, PHOTO, repliesTo, settled, turnsOf } from './support';

/** Longer than it takes to see both calls and to kill their worker. */
const CALL_MS = 3_000;

describe('a killed worker loses nothing', () => {
  let product: Product;
  const running = new Set<ChildProcess>();
  before(async () => {
    // Longer than that, or the turn would go on without the photo and answer again with it.
    product = await startProduct({ isWorking: false, settings: { MEDIA_WAIT_MS: '60000' } });
  });
  after(async () => {
    for (const worker of running) await kill(worker);
    await product.stop();
  });

  it('finishes a turn and a reading whose worker was killed, once each', async () => {
    const { tenantId } = await product.newShop();
    const writer = newCustomer(product);
    const photographer = newCustomer(product);
    const { simulator } = product;
    simulator.fault('openai', { kind: 'delay', ms: CALL_MS }, { times: 1 });
    simulator.fault('vertex', { kind: 'delay', ms: CALL_MS }, { times: 1 });

    const first = await startWorkerProcess();
    await writer.says('Qual o prazo de entrega?');
    await photographer.sends(PHOTO);
    await eventually('both calls under way', () => {
      const isAsked = agentPrompts(product, writer).length > 0;
      return isAsked && simulator.requests('vertex').length > 0;
    });
    await kill(first);
    assert.deepEqual(simulator.waha.sent(), []);

    await startWorkerProcess();
    for (const customer of [writer, photographer]) await repliesTo(customer, 1, 60_000);
    await settled(product, tenantId);

    for (const customer of [writer, photographer]) {
      assert.deepEqual(
        customer.replies().map(({ attempts }) => attempts),
        [1],
      );
    }
    const turns = await turnsOf(product, tenantId);
    assert.deepEqual(
      turns.map(({ outcome }) => outcome),
      ['replied', 'replied'],
    );
    assert.deepEqual(
      (await enrichmentsOf(product, tenantId)).map(({ status }) => status),
      ['completed'],
    );

    const { costs, modelSteps } = await product.db.withTenant(tenantId, async (tx) => ({
      costs: await tx.aiCost.findMany({ where: { tenantId, operation: { in: ['language', 'vision'] } } }),
      modelSteps: await tx.decisionStep.count({ where: { tenantId, kind: 'model' } }),
    }));
    const readings = costs.filter(({ operation }) => operation === 'vision');
    assert.deepEqual(
      readings.map(({ status }) => status),
      ['settled'],
    );
    const answers = costs.filter(({ operation, groupId }) => operation === 'language' && groupId !== null);
    assert.equal(answers.length, modelSteps);
    assert.ok(answers.every(({ status }) => status === 'settled'));
  });

  async function startWorkerProcess(): Promise<ChildProcess> {
    const script = path.join(__dirname, '../../workers/main.js');
    const worker = spawn(process.execPath, [script], {
      env: { ...process.env, ...product.environment, WORKERS_HEALTH_PORT: String(await anyFreePort()) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.add(worker);
    let output = '';
    worker.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await eventually('a worker process that polls', () => {
      assert.equal(worker.exitCode, null, `the worker ended: ${output}`);
      return output.includes('"event":"ready"');
    });
    return worker;
  }

  async function kill(worker: ChildProcess): Promise<void> {
    running.delete(worker);
    if (worker.exitCode !== null || worker.signalCode !== null) return;
    worker.kill('SIGKILL');
    await once(worker, 'exit');
  }
});

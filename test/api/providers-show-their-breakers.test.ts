import assert from 'node:assert/strict';
import { AppError } from '../../core/errors';
import { createVersion } from '../../core/agents/team/versions';
import { changeMediaSettings } from '../../core/enrichment/media-settings-repository';
import { loadPrices } from '../../core/money/price-table';
import { checkModels } from '../../core/observability/check-models';
import { publishStates, type StatePublisher } from '../../core/observability/provider-states';
import { createCallPolicy, type CallPolicy, type CallTarget } from '../../core/providers/policy';
import { startSimulator } from '../../simulator';
import { configFor } from '../providers/support';
import { eventually } from '../support/eventually';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

const { signal } = new AbortController();
const VISION = { provider: 'vertex', operation: 'vision', model: 'gemini-3.5-flash-lite' } as const;

interface Row {
  provider: string;
  operation: string;
  configured: boolean;
  advice: string | null;
  breaker: string | null;
  processes: {
    process: string;
    breaker: string;
    last_error_code: string | null;
    open_circuits: number;
    model_problem: string | null;
    bulkhead: Record<string, number>;
  }[];
}

describe('providers show their breakers', () => {
  let api: TestApi;
  let key: string;
  const publishers: StatePublisher[] = [];

  before(async () => {
    api = await startTestApi({ VERTEX_PROJECT: 'loja', GROQ_API_KEY: '' });
    ({ apiKey: key } = await newTenant(api.deps.db));
  });
  afterEach(() => Promise.all(publishers.splice(0).map((publisher) => publisher.stop())));
  after(() => api.close());

  /** A worker process with a policy of its own. */
  function newWorker(calls: CallTarget = VISION): { policy: CallPolicy; publisher: StatePublisher } {
    const policy = createCallPolicy({ expected: [calls] });
    const { db, logger } = api.deps;
    const publisher = publishStates({ db, logger, role: 'workers', states: policy.states });
    policy.onChange(publisher.changed);
    publishers.push(publisher);
    return { policy, publisher };
  }
  const rows = async (): Promise<Row[]> => {
    const { status, body } = await api.request('GET', '/api/v1/providers', { key });
    assert.equal(status, 200, JSON.stringify(body));
    return body.data;
  };
  const vision = async () => (await rows()).find(({ operation }) => operation === 'vision');

  it('of every process, and the worst of them', async () => {
    const [sick] = [newWorker(), newWorker()];
    const seen = await eventually('both workers', async () => {
      const row = await vision();
      return row?.processes.length === 2 && row;
    });
    assert.deepEqual([seen.breaker, seen.configured], ['closed', true]);

    const down = () => Promise.reject(new AppError('PROVIDER_UNAVAILABLE', 'down'));
    for (let call = 0; call < 5; call++) await assert.rejects(sick.policy.run(VISION, signal, down));
    const open = await eventually('the open breaker', async () => {
      const row = await vision();
      return row?.breaker === 'open' && row;
    });
    const breakers = open.processes.map(({ breaker, last_error_code }) => [breaker, last_error_code]);
    assert.deepEqual(breakers.sort(), [
      ['closed', null],
      ['open', 'PROVIDER_UNAVAILABLE'],
    ]);
    assert.deepEqual(open.processes[0]?.bulkhead, { max_concurrent: 10, in_use: 0, waiting: 0, rejected: 0 });
  });

  it('no more of a process that has ended', async () => {
    const { publisher } = newWorker();
    await eventually('the worker', async () => (await vision())?.processes.length === 1);
    await publisher.stop();
    assert.deepEqual((await vision())?.processes, []);
    assert.equal((await vision())?.breaker, null);
  });

  it('say what to set where nothing is configured', async () => {
    const speech = (await rows()).find(({ provider }) => provider === 'groq');
    assert.deepEqual([speech?.configured, speech?.advice], [false, 'Set GROQ_API_KEY or GROQ_BASE_URL.']);
  });

  it('tell of channels without telling whose they are', async () => {
    const { policy } = newWorker();
    const send = (account: string) => ({ provider: 'waha', operation: 'send', account }) as const;
    const away = () => Promise.reject(new AppError('CHANNEL_UNAVAILABLE', 'away'));
    for (let call = 0; call < 5; call++) await assert.rejects(policy.run(send('a'), signal, away));
    assert.equal(await policy.run(send('b'), signal, () => Promise.resolve('sent')), 'sent');
    const row = await eventually('the channel', async () => (await rows()).find(({ provider }) => provider === 'waha'));
    assert.deepEqual([row.breaker, row.processes[0]?.open_circuits], ['open', 1]);
  });

  it('name a model that the provider has withdrawn, and the variable to set', async () => {
    const simulator = await startSimulator();
    try {
      const { publisher } = newWorker();
      const config = configFor(simulator.urls, { VERTEX_VISION_MODEL: 'gemini-2.5-flash' });
      await checkModels({ config, prices: loadPrices(), db: api.deps.db }, api.deps.logger, publisher);
      const problem = await eventually('the problem', async () => (await vision())?.processes[0]?.model_problem);
      assert.match(problem, /does not serve gemini-2.5-flash/);
      assert.match(problem, /Set VERTEX_VISION_MODEL=gemini-3.5-flash-lite and restart/);
    } finally {
      await simulator.stop();
    }
  });

  it('name a cheaper model that is withdrawn or has no price before a budget is short and needs it', async () => {
    const simulator = await startSimulator();
    try {
      const { publisher } = newWorker();
      const config = configFor(simulator.urls, { VERTEX_VISION_CHEAPER_MODEL: 'gemini-2.0-flash-lite' });
      await checkModels({ config, prices: loadPrices(), db: api.deps.db }, api.deps.logger, publisher);
      const problem = await eventually('the problem', async () => (await vision())?.processes[0]?.model_problem);
      assert.match(problem, /no price for vertex\/gemini-2.0-flash-lite; add a row for it/);
      assert.match(problem, /Set VERTEX_VISION_CHEAPER_MODEL=gemini-3.5-flash-lite and restart/);
    } finally {
      await simulator.stop();
    }
  });

  it('name a withdrawn model that a chain of a project names', async () => {
    const simulator = await startSimulator();
    const { tenantId } = await newTenant(api.deps.db);
    const change = { image: { chain: ['vertex/gemini-2.0-flash'] } };
    await api.deps.db.withTenant(tenantId, (tx) => changeMediaSettings(tx, tenantId, { channelId: null, change }));
    try {
      const { publisher } = newWorker();
      const config = configFor(simulator.urls);
      await checkModels({ config, prices: loadPrices(), db: api.deps.db }, api.deps.logger, publisher);
      const problem = await eventually('the problem', async () => (await vision())?.processes[0]?.model_problem);
      assert.match(problem, /no price for vertex\/gemini-2.0-flash; add a row for it/);
      assert.match(problem, /Name vertex\/gemini-3.5-flash-lite in the chains of the media settings/);
    } finally {
      await simulator.stop();
    }
  });

  it('name a withdrawn model that an agent of a project names, as long as it may answer', async () => {
    const simulator = await startSimulator();
    const { tenantId } = await newTenant(api.deps.db);
    const nameModel = (number: number) =>
      api.deps.db.withTenant(tenantId, async (tx) => {
        const { id: agentId } = await tx.agent.findFirstOrThrow({ where: { tenantId, key: 'balanced' } });
        const changes = { modelChain: [`openai/gpt-4-of-${number}`] };
        const version = { agentId, changes, note: null, createdBy: null, isActive: number === 2 };
        await createVersion(tx, tenantId, version);
        return agentId;
      });
    try {
      await nameModel(1);
      const agentId = await nameModel(2);
      const { publisher } = newWorker({ provider: 'openai', operation: 'language', model: 'gpt-6.1-terra' });
      const problem = async () => {
        const language = (await rows()).find(({ operation }) => operation === 'language');
        return language?.processes.map(({ model_problem }) => model_problem ?? '');
      };
      const check = () =>
        checkModels(
          { config: configFor(simulator.urls), prices: loadPrices(), db: api.deps.db },
          api.deps.logger,
          publisher,
        );
      await check();
      const told = await eventually('the problem', async () => (await problem())?.find(Boolean));
      assert.match(told, /no price for openai\/gpt-4-of-2; add a row for it/);
      assert.match(told, /Name another model of openai in the model_chain of a new version of the agents/);
      assert.doesNotMatch(told, /gpt-4-of-1/);
      await api.deps.db.withTenant(tenantId, (tx) =>
        tx.agent.updateMany({ where: { tenantId, id: agentId }, data: { isActive: false } }),
      );
      await check();
      await eventually('no problem', async () => (await problem())?.every((one) => one === ''));
    } finally {
      await simulator.stop();
    }
  });
});

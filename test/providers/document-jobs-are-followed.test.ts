import assert from 'node:assert/strict';
import { createProviders } from '../../core/providers/create-providers';
import type { DocumentProvider } from '../../core/providers/ports';
import { startSimulator, type Simulator, type SimulatorScript } from '../../simulator/index';
import { eventually } from '../support/eventually';
import { assertFailsWith, callOptions, configFor, PDF } from './support';

type DocumentScript = NonNullable<SimulatorScript['documents']>[number];

describe('document jobs are followed', () => {
  let simulator: Simulator;
  let llamaparse: DocumentProvider;

  before(async () => {
    simulator = await startSimulator();
    llamaparse = createProviders(configFor(simulator.urls)).documents.get('llamaparse')!;
  });
  beforeEach(() => simulator.reset());
  after(() => simulator.stop());

  const script = (job: Omit<DocumentScript, 'match'>) => simulator.script({ documents: [{ match: {}, ...job }] });
  const asked = (method: string, path: RegExp) =>
    simulator.requests('llamaparse').filter((request) => request.method === method && path.test(request.path));
  const created = () => asked('POST', /\/parse\/upload$/).length;

  it('creates one job, reports every poll, and returns the pages', async () => {
    script({ pages: ['# Proposta', 'Página 2'], runningPolls: 2 });
    const progress: { jobId: string; status: string }[] = [];
    const result = await llamaparse.parse(PDF, { ...callOptions(), onProgress: (at) => progress.push(at) });
    assert.deepEqual(result, {
      pages: [
        { page: 1, text: '# Proposta' },
        { page: 2, text: 'Página 2' },
      ],
      failedPages: [],
      model: 'cost_effective',
      usage: { pages: 2 },
      requestIds: [progress[0]?.jobId],
    });
    assert.deepEqual(
      progress.map(({ status }) => status),
      ['PENDING', 'RUNNING', 'RUNNING', 'COMPLETED'],
    );
    assert.equal(new Set(progress.map(({ jobId }) => jobId)).size, 1);
    assert.equal(created(), 1);
    const [upload] = asked('POST', /upload$/);
    const { fields, files } = upload?.body as { fields: { configuration: string }; files: { fileName: string }[] };
    assert.deepEqual(JSON.parse(fields.configuration), { tier: 'cost_effective', version: '2026-08-19' });
    assert.equal(files[0]?.fileName, 'proposta.pdf');
  });

  it('lists pages that could not be read, and pays for the others only', async () => {
    script({ pages: ['um', { error: 'ocr' }, 'três'] });
    const { pages, failedPages, usage } = await llamaparse.parse(PDF, callOptions());
    assert.deepEqual([pages.map(({ page }) => page), failedPages, usage], [[1, 3], [2], { pages: 2 }]);
    assert.equal(simulator.invoice('llamaparse')[0]?.pages, usage.pages);
  });

  it('resumes the job of an earlier attempt instead of paying for a second one', async () => {
    script({ pages: ['texto'], runningMs: 4_000 });
    let jobId = '';
    const onProgress = (at: { jobId: string }) => (jobId = at.jobId);
    await assertFailsWith(
      llamaparse.parse(PDF, { ...callOptions({ timeoutMs: 2_500 }), onProgress }),
      'PROVIDER_TIMEOUT',
    );
    assert.equal(asked('POST', /cancel$/).length, 0, 'a job that only took too long goes on');
    const { pages } = await llamaparse.parse(PDF, { ...callOptions(), resumeJobId: jobId });
    assert.equal(pages.length, 1);
    assert.equal(created(), 1);
    assert.equal(simulator.invoice('llamaparse').length, 1);
  });

  it('starts anew when the earlier job is unknown or failed', async () => {
    script({ pages: ['texto'] });
    await llamaparse.parse(PDF, { ...callOptions(), resumeJobId: 'pjb-unknown' });
    assert.equal(created(), 1);

    script({ pages: [], failsWith: 'Internal error, please try again' });
    let failedId = '';
    const onProgress = (at: { jobId: string }) => (failedId = at.jobId);
    await assertFailsWith(llamaparse.parse(PDF, { ...callOptions(), onProgress }), 'PROVIDER_UNAVAILABLE');
    script({ pages: ['texto'] });
    await llamaparse.parse(PDF, { ...callOptions(), resumeJobId: failedId });
    assert.equal(created(), 3);
  });

  it('cancels the job when the caller aborts, and has done so before it returns', async () => {
    script({ pages: ['texto'], runningMs: 60_000 });
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const onProgress = ({ status }: { status: string }) => status === 'RUNNING' && controller.abort(reason);
    await assert.rejects(llamaparse.parse(PDF, { ...callOptions({ signal: controller.signal }), onProgress }), reason);
    assert.equal(asked('POST', /cancel$/).length, 1);
    assert.equal(asked('POST', /cancel$/)[0]?.status, 200);
    assert.equal(simulator.invoice('llamaparse').length, 0);
  });

  it('cancels a job that it was about to resume as well', async () => {
    script({ pages: ['texto'], runningMs: 60_000 });
    const webhook = { url: 'http://127.0.0.1:9/nobody', signingSecret: 'secret' };
    const { jobId } = await llamaparse.start!(PDF, { ...callOptions(), webhook });
    simulator.fault('llamaparse', { kind: 'hang' }, { times: 1, matchPath: jobId });
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const parsing = llamaparse.parse(PDF, { ...callOptions({ signal: controller.signal }), resumeJobId: jobId });
    const refused = assert.rejects(parsing, reason);
    await eventually('the question for the job', () => asked('GET', /pjb-/).length > 0);
    controller.abort(reason);
    await refused;
    assert.deepEqual(
      asked('POST', /cancel$/).map(({ status }) => status),
      [200],
    );
  });

  for (const [words, code] of [
    ['PDF is encrypted and needs a password', 'DOCUMENT_ENCRYPTED'],
    ['The file is corrupted', 'MEDIA_CORRUPT'],
    ['Job timed out, try again later', 'PROVIDER_UNAVAILABLE'],
    ['Something else', 'PROVIDER_REJECTED'],
  ] as const) {
    it(`a job that failed with "${words}" is ${code}`, async () => {
      script({ pages: [], failsWith: words });
      await assertFailsWith(llamaparse.parse(PDF, callOptions()), code);
    });
  }

  it('a rate limit while polling is passed on, so that the next attempt resumes', async () => {
    script({ pages: ['texto'] });
    simulator.fault(
      'llamaparse',
      { kind: 'status', status: 429, headers: { 'retry-after': '2' } },
      { times: 1, matchPath: '/pjb-' },
    );
    const error = await assertFailsWith(llamaparse.parse(PDF, callOptions()), 'PROVIDER_RATE_LIMITED');
    assert.equal(error.retryAfterMs, 2_000);
    assert.equal(simulator.requestCount('llamaparse'), 2);
  });
});

import assert from 'node:assert/strict';
import { toFile } from 'openai';
import { outOfCredits, startSimulator, type Simulator } from '../../simulator/index';
import { clientsOf } from './clients';

const settings = { tier: 'cost_effective', version: '2026-08-19' } as const;

describe('the simulated LlamaParse', () => {
  let simulator: Simulator;
  const file = () => toFile(Buffer.from('%PDF-1.4 /Type /Page /Type /Page /Type /Pages'), 'proposta.pdf');
  before(async () => {
    simulator = await startSimulator();
  });
  after(() => simulator.stop());
  afterEach(() => simulator.reset());

  it('keeps a job running for the scripted polls, then gives its pages, one of them failed', async () => {
    simulator.script({
      documents: [
        { match: { fileNameIncludes: 'proposta' }, pages: ['# Um', { error: 'unreadable' }], runningPolls: 2 },
      ],
    });
    const { parsing } = clientsOf(simulator).llamaparse;
    const { id, status } = await parsing.create({ ...settings, upload_file: await file() });
    assert.equal(status, 'PENDING');
    const statuses: string[] = [];
    for (let poll = 0; poll < 3; poll++) statuses.push((await parsing.get(id)).job.status);
    assert.deepEqual(statuses, ['RUNNING', 'RUNNING', 'COMPLETED']);
    const { markdown, job } = await parsing.get(id, { expand: ['markdown', 'text'] });
    assert.deepEqual(
      markdown!.pages.map((page) => (page.success ? page.markdown : page.error)),
      ['# Um', 'unreadable'],
    );
    assert.deepEqual((job as { usage?: unknown }).usage, { credits: 3 });
    assert.deepEqual(
      simulator.invoice('llamaparse').map(({ model, pages }) => [model, pages]),
      [['cost_effective', 1]],
    );
  });

  it('parses a file uploaded before, one page of markdown per page of the PDF', async () => {
    const { files, parsing } = clientsOf(simulator).llamaparse;
    const uploaded = await files.create({ file: await file(), purpose: 'parse' });
    const { id } = await parsing.create({ ...settings, file_id: uploaded.id });
    const { markdown } = await parsing.get(id, { expand: ['markdown'] });
    assert.equal(markdown!.pages.length, 2);
  });

  it('fails, is cancelled and refuses as scripted', async () => {
    const { parsing } = clientsOf(simulator).llamaparse;
    simulator.script({ documents: [{ match: {}, pages: [], failsWith: 'File is encrypted' }] });
    const failed = await parsing.create({ ...settings, upload_file: await file() });
    const { job } = await parsing.get(failed.id);
    assert.deepEqual([job.status, job.error_message], ['FAILED', 'File is encrypted']);

    simulator.script({ documents: [{ match: {}, pages: ['# Um'], runningMs: 60_000 }] });
    const slow = await parsing.create({ ...settings, upload_file: await file() });
    await parsing.cancel(slow.id);
    assert.equal((await parsing.get(slow.id)).job.status, 'CANCELLED');
    assert.deepEqual(simulator.invoice('llamaparse'), []);

    simulator.fault('llamaparse', outOfCredits(), { times: 1 });
    await assert.rejects(parsing.create({ ...settings, upload_file: await file() }), { status: 402 });
    await assert.rejects(parsing.create({ ...settings, version: '', upload_file: await file() }), { status: 422 });
  });
});

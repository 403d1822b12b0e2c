import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { anyFreePort } from '../../scripts/embedded/ports';

const DOCTOR = path.join(__dirname, '../../scripts/doctor/main.js');

interface Report {
  ok: boolean;
  checks: { name: string; status: 'ok' | 'warning' | 'error'; detail: string; advice?: string }[];
}

/** Of the environment only what programs are found with, so that the machine's settings decide nothing here. */
function examine(environment: NodeJS.ProcessEnv, ...args: string[]) {
  const { PATH, HOME, TEMPORAL_CLI_PATH } = process.env;
  const env = { PATH, HOME, ...(TEMPORAL_CLI_PATH ? { TEMPORAL_CLI_PATH } : {}), ...environment };
  return spawnSync(process.execPath, [DOCTOR, ...args], { env, encoding: 'utf8', timeout: 60_000 });
}

describe('the doctor says what is wrong', () => {
  it('in a table that ends with the count, and with 0 when everything can run', () => {
    const { status, stdout } = examine({});
    assert.equal(status, 0, stdout);
    assert.match(stdout, /^✔ Node +\d+\./m);
    assert.match(stdout, /^✔ Database +embedded/m);
    assert.match(stdout, /^✔ Temporal +embedded/m);
    assert.match(stdout, /\n0 errors, \d+ warnings\n$/);
  });

  it('with 1 and an advice for a database and a Temporal server that do not answer', async () => {
    const port = await anyFreePort();
    const environment = {
      DATABASE_URL: `postgresql://postgres@127.0.0.1:${port}/postgres`,
      TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
    };
    const { status, stdout } = examine(environment);
    assert.equal(status, 1);
    assert.match(stdout, /^✖ Database +cannot be reached.*\n +→ Check DATABASE_URL/m);
    assert.match(stdout, /^✖ Temporal +127\.0\.0\.1:\d+ cannot be used.*\n +→ Check TEMPORAL_ADDRESS/m);
    assert.match(stdout, /\n2 errors, \d+ warnings\n$/);
  });

  it('as JSON for programs, with the same end', () => {
    const { status, stdout } = examine({ API_PORT: 'many' }, '--json');
    assert.equal(status, 1);
    const report: Report = JSON.parse(stdout);
    assert.equal(report.ok, false);
    assert.deepEqual(
      report.checks.filter((check) => check.status === 'error').map(({ name }) => name),
      ['Configuration'],
    );
    for (const check of report.checks) assert.equal(Boolean(check.advice), check.status !== 'ok', check.name);
    const configuration = report.checks.find(({ name }) => name === 'Configuration');
    assert.match(configuration?.detail ?? '', /API_PORT/);
  });

  it('of prices: a model without one, and a file that no process would start with', async () => {
    const unpriced = examine({ GROQ_BASE_URL: 'http://127.0.0.1:1', GROQ_SPEECH_MODEL: 'whisper-x' });
    assert.equal(unpriced.status, 1);
    assert.match(
      unpriced.stdout,
      /^✖ Prices: speech +.*no price for groq\/whisper-x; add a row for it\n +→ .*refused/m,
    );
    const folder = await mkdtemp(path.join(tmpdir(), 'ventros-test-prices-'));
    const file = path.join(folder, 'prices.json');
    await writeFile(
      file,
      JSON.stringify({ asOf: '2026-11-22', prices: [{ provider: 'groq', model: 'm', source: 's', perAudioHour: -1 }] }),
    );
    const broken = examine({ PRICES_FILE: file });
    await rm(folder, { recursive: true });
    assert.equal(broken.status, 1);
    assert.match(broken.stdout, /^✖ Prices +.*not usable:\n +row 1 \(groq\/m\): perAudioHour must not be negative/m);
  });
});

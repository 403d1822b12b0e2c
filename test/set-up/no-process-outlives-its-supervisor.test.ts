import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from '../../scripts/embedded/process-identity';

const SUPERVISOR = path.join(__dirname, '../../scripts/embedded/supervisor.js');

/** Starts a child that starts a grandchild; both ignore polite requests, as a stuck process does. */
const CHILD = `
  const { spawn } = require('node:child_process');
  const { writeFileSync } = require('node:fs');
  const grandchild = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)']);
  writeFileSync(process.argv[2], JSON.stringify({ child: process.pid, grandchild: grandchild.pid }));
  setInterval(() => {}, 1000);`;

const PARENT = `
  const { existsSync } = require('node:fs');
  const [, supervisor, script, pids, log] = process.argv;
  require(supervisor).supervise({ name: 'child', script, args: [pids], env: process.env, logFile: log,
    isReady: async () => existsSync(pids) }).then(() => console.log('ready'));`;

describe('no process outlives its supervisor', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ventros-supervisor-'));
    writeFileSync(path.join(folder, 'child.js'), CHILD);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('not even when the supervisor is killed', async () => {
    const [script, pids, log] = ['child.js', 'pids.json', 'child.log'].map((name) => path.join(folder, name));
    const parent = spawn(process.execPath, ['-e', PARENT, SUPERVISOR, script!, pids!, log!], { stdio: 'pipe' });
    await new Promise((resolve) => parent.stdout.once('data', resolve));
    assert.ok(existsSync(pids!));
    const { child, grandchild } = JSON.parse(readFileSync(pids!, 'utf8'));
    assert.ok(isRunning(child) && isRunning(grandchild));
    parent.kill('SIGKILL');
    while (isRunning(child) || isRunning(grandchild)) await sleep(100);
  });
});

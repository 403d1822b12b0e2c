import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from '../../scripts/embedded/folder-lock';
import { anyFreePort } from '../../scripts/embedded/ports';
import { identify, isRunning } from '../../scripts/embedded/process-identity';

const EMBEDDED = path.join(__dirname, '../../scripts/embedded');

interface Server {
  child: ChildProcess;
  output: () => string;
  hasEnded: () => boolean;
}

describe('a folder has one owner at a time', () => {
  let folder: string;
  let lockFile: string;
  const children: ChildProcess[] = [];

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ventros-lock-'));
    lockFile = path.join(folder, 'some.lock');
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  });

  function run(args: string[]): Server {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    return { child, output: () => output, hasEnded: () => child.exitCode !== null || child.signalCode !== null };
  }

  async function startDatabase(): Promise<Server> {
    const port = await anyFreePort();
    return run([path.join(EMBEDDED, 'database.js'), '--port', String(port), '--data-dir', folder]);
  }

  const isReady = ({ output }: Server) => output().includes('"event":"ready"');

  it('when two databases are started at once', async () => {
    const servers = [await startDatabase(), await startDatabase()];
    while (!servers.some(({ hasEnded }) => hasEnded()) || !servers.some(isReady)) await sleep(20);
    const [owner, other] = servers.sort((left) => (isReady(left) ? -1 : 1)) as [Server, Server];
    assert.ok(!owner.hasEnded());
    assert.match(other.output(), new RegExp(`is open in process ${owner.child.pid} `));
  });

  it('while the owner closes its files', async () => {
    const first = await startDatabase();
    while (!isReady(first)) await sleep(20);
    first.child.kill('SIGTERM');
    const next = await startDatabase();
    while (!isReady(next)) {
      assert.ok(!next.hasEnded() || !first.hasEnded(), next.output());
      if (next.hasEnded()) return assert.match(next.output(), /is open in process/);
      await sleep(5);
    }
    assert.ok(first.hasEnded());
  });

  it('when many find the lock of a process that is gone', async () => {
    writeFileSync(lockFile, JSON.stringify({ pid: process.pid, startedAt: 'long ago' }));
    const script = `
      const { tryLock } = require(${JSON.stringify(path.join(EMBEDDED, 'folder-lock.js'))});
      const taken = 'unlock' in tryLock(${JSON.stringify(lockFile)});
      console.log(taken ? 'taken' : 'refused');
      setInterval(() => {}, 1000);`;
    const contenders = Array.from({ length: 8 }, () => run(['-e', script]));
    while (contenders.some(({ output }) => output() === '')) await sleep(20);
    assert.deepEqual(contenders.map(({ output }) => output().trim()).sort(), [
      ...Array<string>(7).fill('refused'),
      'taken',
    ]);
  });

  it('and gives back only what is its own', () => {
    const taken = tryLock(lockFile);
    assert.ok('unlock' in taken);
    const other = JSON.stringify({ pid: process.ppid, startedAt: identify(process.ppid)?.startedAt });
    writeFileSync(lockFile, other);
    taken.unlock();
    assert.equal(readFileSync(lockFile, 'utf8'), other);
    assert.deepEqual(tryLock(lockFile), { owner: JSON.parse(other) });
  });

  it('and a process that only waits to be looked at owns nothing', async function () {
    if (!existsSync('/proc/self/stat')) this.skip();
    // The shell becomes a sleep, which never asks how its child ended. The child ends after that, or the shell itself would ask.
    const shell = spawn('sh', ['-c', 'sh -c "sleep 0.5" & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(shell);
    const [printed] = await once(shell.stdout, 'data');
    const zombie = Number(printed);
    const state = () => readFileSync(`/proc/${zombie}/stat`, 'utf8').split(') ')[1]?.[0];
    while (state() !== 'Z') await sleep(20);
    assert.equal(isRunning(zombie), false);
  });
});

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chooseStackPorts } from '../../scripts/embedded/stack-ports';
import { supervise } from '../../scripts/embedded/supervisor';

describe('the supervisor trusts only its own child', () => {
  let folder: string;
  let stranger: Server;
  let port: number;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'ventros-supervisor-'));
    stranger = createServer((_request, response) => response.end('ok'));
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    port = (stranger.address() as AddressInfo).port;
  });
  after(() => {
    stranger.closeAllConnections();
    stranger.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function script(name: string, code: string) {
    const file = path.join(folder, `${name}.js`);
    writeFileSync(file, code);
    return { name, script: file, env: process.env, logFile: path.join(folder, `${name}.log`), saysReady: true };
  }

  const strangerAnswers = () => fetch(`http://127.0.0.1:${port}`).then((response) => response.ok);

  it('although someone else answers at its port', async () => {
    const silent = script('silent', 'setTimeout(() => { console.error("the port is taken"); process.exit(7); }, 500)');
    // What an earlier run of the same process said is no news of this one.
    writeFileSync(silent.logFile, '{"event":"ready"}\n');
    await assert.rejects(
      supervise({ ...silent, isReady: strangerAnswers }),
      /ended with exit code 7[^]*the port is taken/,
    );
  });

  it('and takes it for ready once it says so', async () => {
    const said = path.join(folder, 'said');
    const code = `setTimeout(() => { require('node:fs').writeFileSync(${JSON.stringify(said)}, '');
      console.log('{"event":"ready"}'); }, 500); setInterval(() => {}, 1000);`;
    const running = await supervise({ ...script('speaking', code), isReady: strangerAnswers });
    assert.ok(existsSync(said));
    await running.stop();
  });

  it('and ends a start at once when it is told to', async () => {
    const stopping = new AbortController();
    const reason = new Error('Ctrl-C');
    let asked = 0;
    const isReady = async () => {
      asked += 1;
      if (asked === 2) stopping.abort(reason);
      return false;
    };
    const never = { ...script('never', 'setInterval(() => {}, 1000)'), saysReady: false, isReady };
    await assert.rejects(supervise(never, {}, stopping.signal), reason);
    assert.equal(asked, 2);
  });

  it('and names the port and the variable when a port that cannot give way is taken', async () => {
    await assert.rejects(
      chooseStackPorts(null, { API_PORT: String(port) }),
      new RegExp(`the port ${port} of api \\(API_PORT\\) is taken`),
    );
    await assert.rejects(
      chooseStackPorts(null, {}, { temporal: port }),
      new RegExp(`the port ${port} of temporal is taken`),
    );
  });

  it('and lets a chosen port give way to a fixed one', async () => {
    const free = await chooseStackPorts(null, {});
    const ports = await chooseStackPorts(folder, { GRPC_PORT: String(free.api) });
    assert.equal(ports.grpc, free.api);
    assert.equal(new Set(Object.values(ports)).size, Object.values(ports).length);
  });
});

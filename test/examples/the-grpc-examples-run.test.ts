import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { createGrpcServer, type GrpcServer } from '../../api/grpc/server';
import { grpcSettings } from '../../api/grpc/settings';
import { createApiDeps } from '../../api/http/create-deps';
import { createLogger } from '../../core/logging/logger';
import { projectRoot } from '../../core/project-root';
import { pythonEnvironment } from '../grpc/python/environment';
import { startProduct, type Product } from '../support/product';
import { newTenant } from '../support/tenant';

const run = promisify(execFile);
const example = (file: string) => path.join(projectRoot(), 'examples', file);

describe('the gRPC examples run', function () {
  this.timeout(360_000);
  let product: Product;
  let api: ReturnType<typeof createApiDeps>;
  let server: GrpcServer;
  let address: string;
  before(async () => {
    product = await startProduct();
    api = createApiDeps(product.config, createLogger('test', 'silent'), { isDraining: () => false });
    server = createGrpcServer(api, grpcSettings(product.config));
    address = `127.0.0.1:${await server.start('127.0.0.1', 0)}`;
  });
  after(async () => {
    await server.drain();
    await api.workflows.close();
    await api.db.close();
    await product.stop();
  });

  async function twice(command: string, file: string): Promise<void> {
    const { apiKey } = await newTenant(product.db);
    const env = { ...process.env, VENTROS_GRPC: address, VENTROS_API_KEY: apiKey, PYTHONDONTWRITEBYTECODE: '1' };
    const { stdout: first } = await run(command, [example(file)], { env, timeout: 120_000 });
    const [imported = '', found = '', context = '', ...facts] = first.trim().split('\n');
    const [, factsFound] = /^Import completed: 4 messages, (\d+) facts$/.exec(imported) ?? [];
    assert.ok(Number(factsFound) > 0, imported);
    assert.match(found, /^Found: .*R\$ 45\.000.* \(relevance \d\.\d\d, by .*keyword/);
    assert.match(context, /^Context: 2 messages, [1-9]\d* facts, [1-9]\d* memories$/);
    assert.ok(facts.includes('Fact: preference: Prefere ser chamada à tarde (0.99)'), first);
    // The budget of then has expired; where she lives has not.
    assert.ok(
      facts.some((line) => /^Fact: attribute: .*Campinas/.test(line)),
      first,
    );
    const { stdout: again } = await run(command, [example(file)], { env, timeout: 120_000 });
    assert.equal(again.trim().split('\n').length, first.trim().split('\n').length, 'nothing is stored twice');
    const wrong = { ...env, VENTROS_API_KEY: 'vk_unknown' };
    await assert.rejects(
      run(command, [example(file)], { env: wrong, timeout: 60_000 }),
      /UNAUTHENTICATED: This API key/,
    );
  }

  it('Node', () => twice(process.execPath, 'node/client.mjs'));

  it('Python', async function () {
    const environment = await pythonEnvironment(example('python/requirements.txt'));
    if ('missing' in environment) {
      assert.notEqual(process.env['CI'], 'true', `no Python with grpcio here: ${environment.missing}`);
      process.stderr.write(`skipped: no Python with grpcio here (${environment.missing})\n`);
      this.skip();
    } else {
      await twice(environment.python, 'python/main.py');
    }
  });
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { credentials, status as grpcStatus, type ChannelCredentials } from '@grpc/grpc-js';
import { MemoryServiceClient, SearchMemoryRequest } from '../../api/grpc/generated/ventros/memory/v1/memory';
import { grpcSettings } from '../../api/grpc/settings';
import { loadConfig } from '../../core/config';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { ask, startServer, withKey } from './server';

const REQUIRED = { DATABASE_URL: 'postgresql://localhost/none', ENCRYPTION_KEY: Buffer.alloc(32).toString('base64') };

describe('TLS and client certificates are asked for', () => {
  const db = testDatabase();
  const folder = mkdtempSync(path.join(tmpdir(), 'ventros-tls-'));
  const file = (name: string) => path.join(folder, name);
  const pem = (name: string) => readFileSync(file(name));
  let apiKey: string;

  before(async () => {
    ({ apiKey } = await newTenant(db));
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    for (const ca of ['ca', 'other-ca']) {
      openssl('req', '-x509', ...newKey, '-subj', `/CN=${ca}`, '-keyout', file(`${ca}.key`), '-out', file(`${ca}.pem`));
    }
    const issue = (name: string, ca: string) => {
      openssl(
        ...['req', '-x509', ...newKey, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
        ...['-addext', 'basicConstraints=critical,CA:FALSE', '-CA', file(`${ca}.pem`), '-CAkey', file(`${ca}.key`)],
        ...['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)],
      );
    };
    issue('server', 'ca');
    issue('client', 'ca');
    issue('stranger', 'other-ca');
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await db.close();
  });

  const configured = (changes: Record<string, string>) =>
    grpcSettings(
      loadConfig({
        ...REQUIRED,
        GRPC_TLS_CERT_FILE: file('server.pem'),
        GRPC_TLS_KEY_FILE: file('server.key'),
        ...changes,
      }),
    );

  /** OK, or the name of the status with which a call through a channel of these credentials ended. */
  async function answer(port: number, channel: ChannelCredentials): Promise<string> {
    const client = new MemoryServiceClient(`localhost:${port}`, channel);
    try {
      await ask(client.searchMemory, {
        client,
        metadata: withKey(apiKey),
        request: SearchMemoryRequest.fromPartial({ query: 'cozinha', topK: 5 }),
      });
      return 'OK';
    } catch (error) {
      assert.ok(error instanceof Error && 'code' in error && typeof error.code === 'number');
      return grpcStatus[error.code] ?? 'UNKNOWN';
    } finally {
      client.close();
    }
  }
  const withCertificate = (name: string) =>
    credentials.createSsl(pem('ca.pem'), pem(`${name}.key`), pem(`${name}.pem`));

  it('TLS: a client that trusts the authority is served; plain text and another authority are not', async () => {
    const server = await startServer(db, {}, configured({}));
    try {
      assert.equal(await answer(server.port, credentials.createSsl(pem('ca.pem'))), 'OK');
      assert.equal(await answer(server.port, credentials.createInsecure()), 'UNAVAILABLE');
      assert.equal(await answer(server.port, credentials.createSsl(pem('other-ca.pem'))), 'UNAVAILABLE');
    } finally {
      await server.stop();
    }
  });

  it('mutual TLS: only with a certificate of the named authority', async () => {
    const server = await startServer(db, {}, configured({ GRPC_TLS_CLIENT_CA_FILE: file('ca.pem') }));
    try {
      assert.equal(await answer(server.port, withCertificate('client')), 'OK');
      assert.equal(await answer(server.port, credentials.createSsl(pem('ca.pem'))), 'UNAVAILABLE');
      assert.equal(await answer(server.port, withCertificate('stranger')), 'UNAVAILABLE');
    } finally {
      await server.stop();
    }
  });

  it('half a configuration, or a file that is not there, stops the process', async () => {
    assert.throws(() => configured({ GRPC_TLS_KEY_FILE: '' }), /GRPC_TLS_KEY_FILE: must be set/);
    assert.throws(() => configured({ GRPC_TLS_CERT_FILE: '' }), /GRPC_TLS_CERT_FILE: must be set/);
    const missing = configured({ GRPC_TLS_CLIENT_CA_FILE: file('missing.pem') });
    await assert.rejects(startServer(db, {}, missing), { code: 'ENOENT' });
  });
});

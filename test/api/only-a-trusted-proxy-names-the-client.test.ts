import assert from 'node:assert/strict';
import { loadConfig } from '../../core/config';
import { startTestApi, TEST_ENCRYPTION_KEY } from '../support/http';

const ATTEMPTS = 6;

describe('only a trusted proxy names the client', () => {
  async function statusesOfSignUps(environment: Record<string, string>): Promise<number[]> {
    const api = await startTestApi(environment);
    const statuses: number[] = [];
    try {
      for (let client = 1; client <= ATTEMPTS; client += 1) {
        const headers = { 'x-forwarded-for': `198.51.100.${client}` };
        const json = {
          name: 'Ana',
          email: `proxy.${Date.now()}.${client}@example.com`,
          password: 'uma senha comprida',
        };
        statuses.push((await api.request('POST', '/api/v1/auth/register', { json, headers })).status);
      }
    } finally {
      await api.close();
    }
    return statuses;
  }

  it('each client behind it has a limit of its own', async () => {
    assert.deepEqual(await statusesOfSignUps({ TRUSTED_PROXIES: '10.0.0.0/8, 127.0.0.1' }), Array(ATTEMPTS).fill(201));
  });

  it('nobody else gets round the limit by naming other clients', async () => {
    for (const TRUSTED_PROXIES of ['', '10.0.0.0/8']) {
      assert.equal((await statusesOfSignUps({ TRUSTED_PROXIES })).at(-1), 429);
    }
  });

  it('an entry that is no address stops the start and is named', () => {
    for (const TRUSTED_PROXIES of ['proxy.example.com', '10.0.0.0/33', 'true', '10.0.0.0/8/8']) {
      const environment = { DATABASE_URL: 'postgresql://a', ENCRYPTION_KEY: TEST_ENCRYPTION_KEY, TRUSTED_PROXIES };
      assert.throws(() => loadConfig(environment), /TRUSTED_PROXIES/);
    }
  });
});

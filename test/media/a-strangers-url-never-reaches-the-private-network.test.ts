import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { createGuardedFetch } from '../../core/media/guarded-fetch';
import { FORBIDDEN_URLS } from '../support/forbidden-urls';
import { startServer, type CountingServer } from '../support/counting-server';

const refused = { code: 'URL_FORBIDDEN' };

describe('a URL that a stranger gives', () => {
  let server: CountingServer;
  before(async () => {
    server = await startServer((_request, response) => response.end('secret'), '::');
  });
  after(() => server.close());

  it(`is refused in all of ${FORBIDDEN_URLS.length} spellings of forbidden addresses, without a connection`, async () => {
    const guardedFetch = createGuardedFetch({ allowedPrivateHosts: [] });
    for (const template of FORBIDDEN_URLS) {
      const url = template.replace('PORT', String(server.port));
      await assert.rejects(guardedFetch(url), refused, url);
    }
    assert.equal(server.connections(), 0);
  });

  it('is refused when its name resolves to a private address, whatever the record', async () => {
    for (const address of [
      '127.0.0.1',
      '10.1.2.3',
      '169.254.169.254',
      '::1',
      '::ffff:127.0.0.1',
      'fd00::1',
      '64:ff9b::7f00:1',
    ]) {
      const family = address.includes(':') ? 6 : 4;
      const guardedFetch = createGuardedFetch({ allowedPrivateHosts: [], resolve: async () => [{ address, family }] });
      await assert.rejects(guardedFetch(`http://10.0.0.1.nip.example:${server.port}/`), refused, address);
    }
    assert.equal(server.connections(), 0);
  });

  it('is looked up once, so a name that changes its answer cannot rebind', async () => {
    const answers: LookupAddress[][] = [[{ address: '203.0.113.7', family: 4 }], [{ address: '127.0.0.1', family: 4 }]];
    let lookups = 0;
    const guardedFetch = createGuardedFetch({
      allowedPrivateHosts: [],
      resolve: async () => answers[Math.min(lookups++, 1)]!,
    });
    // First answer: reserved. Second, a moment later: loopback. Both requests end without a connection.
    await assert.rejects(guardedFetch(`http://rebind.example:${server.port}/`), refused);
    await assert.rejects(guardedFetch(`http://rebind.example:${server.port}/`), refused);
    assert.equal(lookups, 2, 'one look-up per connection');
    assert.equal(server.connections(), 0);
  });

  it('connects only to the public ones among the addresses of a name', async () => {
    const asked: string[] = [];
    const guardedFetch = createGuardedFetch({
      allowedPrivateHosts: [],
      resolve: async (hostname) => {
        asked.push(hostname);
        return [
          { address: '127.0.0.1', family: 4 },
          { address: '::1', family: 6 },
        ];
      },
    });
    await assert.rejects(guardedFetch(`http://mixed.example:${server.port}/`), refused);
    assert.deepEqual(asked, ['mixed.example']);
    assert.equal(server.connections(), 0);
  });

  it('says which setting would allow it', async () => {
    const guardedFetch = createGuardedFetch({ allowedPrivateHosts: [] });
    await assert.rejects(guardedFetch('http://192.168.0.10:3000/'), /ALLOWED_PRIVATE_HOSTS/);
  });
});

describe('a host that the operator named', () => {
  it('is reached, by that port only when a port was named', async () => {
    const server = await startServer((_request, response) => response.end('ok'));
    try {
      for (const entry of ['127.0.0.1', `127.0.0.1:${server.port}`]) {
        const guardedFetch = createGuardedFetch({ allowedPrivateHosts: [entry] });
        const response = await guardedFetch(`http://127.0.0.1:${server.port}/file`);
        assert.equal(await response.text(), 'ok', entry);
      }
      const before = server.connections();
      const otherPort = createGuardedFetch({ allowedPrivateHosts: ['127.0.0.1:1'] });
      await assert.rejects(otherPort(`http://127.0.0.1:${server.port}/`), refused);
      assert.equal(server.connections(), before);
    } finally {
      await server.close();
    }
  });

  it('is matched by name, IPv6 address and upper case', async () => {
    const server = await startServer((_request, response) => response.end('ok'), '::');
    try {
      for (const [entry, host] of [
        ['WAHA.internal', 'waha.internal'],
        ['::1', '[::1]'],
        [`[::1]:${server.port}`, '[::1]'],
      ] as const) {
        const guardedFetch = createGuardedFetch({
          allowedPrivateHosts: [entry],
          resolve: async () => [{ address: '127.0.0.1', family: 4 }],
        });
        assert.equal((await guardedFetch(`http://${host}:${server.port}/`)).status, 200, entry);
      }
    } finally {
      await server.close();
    }
  });

  it('is found by the resolver of the system', async () => {
    const server = await startServer((_request, response) => response.end('ok'), '::');
    try {
      const guardedFetch = createGuardedFetch({ allowedPrivateHosts: ['localhost'] });
      assert.equal((await guardedFetch(`http://localhost:${server.port}/`)).status, 200);
    } finally {
      await server.close();
    }
  });

  it('refuses a setting that is not a host', () => {
    for (const entry of ['http://waha:3000', 'waha/path', 'me@waha', 'a b', 'waha:port', '10.0.0.0/8']) {
      assert.throws(() => createGuardedFetch({ allowedPrivateHosts: [entry] }), /ALLOWED_PRIVATE_HOSTS/, entry);
    }
  });
});

describe('a redirect', () => {
  let target: CountingServer;
  let origin: CountingServer;
  const seen: { path: string; key: string | undefined; accept: string | undefined }[] = [];

  before(async () => {
    target = await startServer((request, response) => {
      seen.push({ path: request.url!, key: request.headers['x-api-key'] as string, accept: request.headers.accept });
      response.end('target');
    }, '::');
    origin = await startServer((request, response) => {
      seen.push({ path: request.url!, key: request.headers['x-api-key'] as string, accept: request.headers.accept });
      const hops = /^\/hops\/(\d+)$/.exec(request.url!);
      if (hops && hops[1] !== '0') return response.writeHead(302, { location: `/hops/${Number(hops[1]) - 1}` }).end();
      if (request.url!.startsWith('/to?')) {
        return response.writeHead(307, { location: decodeURIComponent(request.url!.slice(4)) }).end();
      }
      return response.end('origin');
    });
  });
  beforeEach(() => {
    seen.length = 0;
  });
  after(async () => {
    await origin.close();
    await target.close();
  });

  it('is checked like the first URL, in every spelling', async () => {
    const guardedFetch = createGuardedFetch({ allowedPrivateHosts: [`127.0.0.1:${origin.port}`] });
    const before = target.connections();
    const places = [
      'http://127.0.0.1:P/',
      'http://[::1]:P/',
      'http://localhost:P/',
      'http://2130706433:P/',
      '//0x7f.1:P/',
      'file:///etc/passwd',
      'http://a:b@127.0.0.1:P/',
      'http://169.254.169.254/',
    ];
    for (const place of places.map((one) => one.replace('P', String(target.port)))) {
      const url = `http://127.0.0.1:${origin.port}/to?${encodeURIComponent(place)}`;
      await assert.rejects(guardedFetch(url), refused, place);
    }
    assert.equal(target.connections(), before);
  });

  it('is followed three times and no more', async () => {
    const guardedFetch = createGuardedFetch({ allowedPrivateHosts: ['127.0.0.1'] });
    const base = `http://127.0.0.1:${origin.port}/hops`;
    assert.equal(await (await guardedFetch(`${base}/3`)).text(), 'origin');
    await assert.rejects(guardedFetch(`${base}/4`), { code: 'MEDIA_UNREACHABLE' });
  });

  it('takes credentials along only within one origin', async () => {
    const guardedFetch = createGuardedFetch({ allowedPrivateHosts: ['127.0.0.1'] });
    const headers = { 'X-Api-Key': 'secret', Accept: 'image/*' };
    await guardedFetch(`http://127.0.0.1:${origin.port}/hops/1`, { headers });
    assert.deepEqual(
      seen.map((one) => one.key),
      ['secret', 'secret'],
    );
    seen.length = 0;
    const place = encodeURIComponent(`http://127.0.0.1:${target.port}/file`);
    await guardedFetch(`http://127.0.0.1:${origin.port}/to?${place}`, { headers });
    assert.deepEqual(
      seen.map((one) => one.key),
      ['secret', undefined],
    );
    assert.equal(seen[1]?.accept, 'image/*');
  });

  it('from a public host cannot end at a host that the operator named', async () => {
    // "public.example" stands for a public server: its name is not exempt, and it answers from a named private address.
    const before = target.connections();
    const guardedFetch = createGuardedFetch({
      allowedPrivateHosts: [`127.0.0.1:${target.port}`],
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    });
    await assert.rejects(guardedFetch(`http://public.example:${target.port}/`), refused);
    assert.equal(target.connections(), before);
  });

  it('of a POST is returned, not followed', async () => {
    const guardedFetch = createGuardedFetch({ allowedPrivateHosts: ['127.0.0.1'] });
    const response = await guardedFetch(`http://127.0.0.1:${origin.port}/hops/2`, { method: 'POST', body: '{}' });
    assert.equal(response.status, 302);
    assert.equal(seen.length, 1);
  });
});

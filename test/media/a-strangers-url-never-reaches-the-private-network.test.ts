import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { createGuardedFetch } from '../../core/media/guarded-fetch';
import { startServer, type CountingServer } from './servers';

const refused = { code: 'URL_FORBIDDEN' };

/** PORT is replaced by the port of a server that listens on every local address. */
const FORBIDDEN_URLS = [
  // loopback in every spelling
  'http://127.0.0.1:PORT/',
  'http://127.0.0.2:PORT/',
  'http://127.255.255.254:PORT/',
  'http://127.1:PORT/',
  'http://127.0.1:PORT/',
  'http://127.0.0.1.:PORT/',
  'http://2130706433:PORT/',
  'http://0x7f000001:PORT/',
  'http://0x7f.0x0.0x0.0x1:PORT/',
  'http://0177.0.0.1:PORT/',
  'http://017700000001:PORT/',
  'http://0x7f.1:PORT/',
  'http://00000177.0.0.01:PORT/',
  'http://%31%32%37.0.0.1:PORT/',
  'http://127。0。0。1:PORT/',
  'http://127.0.0.1:PORT/',
  'http://①②⑦.⓪.⓪.①:PORT/',
  'http://localhost:PORT/',
  'http://LOCALHOST:PORT/',
  'http://localhost.:PORT/',
  'http://localhost:PORT/',
  'http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/',
  'http:127.0.0.1:PORT/',
  'http:\\\\127.0.0.1:PORT\\',
  'HTTP://127.0.0.1:PORT/',
  'http://127.0.0.1:PORT/?https://example.com',
  'http://0.0.0.0:PORT/',
  'http://0:PORT/',
  'http://0.1.2.3:PORT/',
  'http://[::1]:PORT/',
  'http://[0:0:0:0:0:0:0:1]:PORT/',
  'http://[0000::0001]:PORT/',
  'http://[::]:PORT/',
  'http://[::127.0.0.1]:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://[::ffff:7f00:1]:PORT/',
  'http://[::ffff:0:127.0.0.1]:PORT/',
  // private and special IPv4
  'http://10.0.0.1/',
  'http://10.255.255.255/',
  'http://172.16.0.1/',
  'http://172.31.255.255/',
  'http://192.168.0.1/',
  'http://192.168.1.254:8080/',
  'http://3232235777/',
  'http://100.64.0.1/',
  'http://100.100.100.200/latest/meta-data/',
  'http://169.254.169.254/latest/meta-data/',
  'http://169.254.170.2/v2/credentials',
  'http://2852039166/',
  'http://0xa9fea9fe/',
  'http://0251.0376.0251.0376/',
  'http://168.63.129.16/',
  'http://192.0.0.192/',
  'http://192.0.2.1/',
  'http://198.18.0.1/',
  'http://198.51.100.1/',
  'http://203.0.113.1/',
  'http://224.0.0.1/',
  'http://239.255.255.250:1900/',
  'http://240.0.0.1/',
  'http://255.255.255.255/',
  // special IPv6, and IPv4 wrapped in it
  'http://[::ffff:10.0.0.1]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[64:ff9b::7f00:1]:PORT/',
  'http://[64:ff9b::169.254.169.254]/',
  'http://[64:ff9b:1::a00:1]/',
  'http://[2002:7f00:1::]:PORT/',
  'http://[2002:a9fe:a9fe::1]/',
  'http://[2001::1]/',
  'http://[2001:db8::1]/',
  'http://[3fff::1]/',
  'http://[fe80::1]:PORT/',
  'http://[fec0::1]/',
  'http://[fc00::1]/',
  'http://[fd00:ec2::254]/latest/meta-data/',
  'http://[fd12:3456:789a::1]/',
  'http://[ff02::1]/',
  'http://[100::1]/',
  'http://[5f00::1]/',
  // not web addresses at all
  'http://user:secret@example.com/',
  'http://example.com@127.0.0.1:PORT/',
  'https://token@example.com/',
  'file:///etc/passwd',
  'ftp://127.0.0.1/',
  'gopher://127.0.0.1:PORT/_x',
  'data:text/plain,hello',
  'javascript:alert(1)',
  'blob:http://127.0.0.1/x',
  '//127.0.0.1:PORT/',
  '127.0.0.1:PORT',
  '',
];

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

import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { downloadMedia, type DownloadRequest } from '../../core/media/download';
import { createGuardedFetch } from '../../core/media/guarded-fetch';
import { startServer, type CountingServer } from '../support/counting-server';

describe('a download', () => {
  const guardedFetch = createGuardedFetch({ allowedPrivateHosts: ['127.0.0.1'] });
  let server: CountingServer;
  let acceptedEncoding: string | undefined;

  before(async () => {
    server = await startServer((request, response) => {
      acceptedEncoding = request.headers['accept-encoding'];
      const status = /^\/status\/(\d+)$/.exec(request.url!)?.[1];
      if (status) return response.writeHead(Number(status), { 'retry-after': '7' }).end('no');
      switch (request.url) {
        case '/ok':
          return response.writeHead(200, { 'content-type': 'audio/ogg; codecs=opus' }).end('1234567890');
        case '/untyped':
          return response.end('x');
        case '/empty':
          return response.end();
        case '/endless': {
          const timer = setInterval(() => response.write(Buffer.alloc(64 * 1024)), 1);
          return response.on('close', () => clearInterval(timer));
        }
        case '/gzip':
          return response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5_000_000)));
        case '/declared-large':
          return response.writeHead(200, { 'content-length': '2147483648' }).write('x');
        case '/cut':
          response.writeHead(200, { 'content-length': '1000' }).write('x');
          return setTimeout(() => response.destroy(), 20);
        case '/reset':
          return request.socket.destroy();
        default:
          return undefined; // hangs
      }
    });
  });
  after(() => server.close());

  const download = (path: string, more: Partial<DownloadRequest> = {}) =>
    downloadMedia(
      {
        url: `http://127.0.0.1:${server.port}${path}`,
        maxBytes: 1_000_000,
        timeoutMs: 60_000,
        signal: new AbortController().signal,
        ...more,
      },
      guardedFetch,
    );

  it('returns the bytes and what was declared', async () => {
    const { bytes, declaredMimeType } = await download('/ok', { maxBytes: 10 });
    assert.equal(bytes.toString(), '1234567890');
    assert.equal(declaredMimeType, 'audio/ogg; codecs=opus');
    assert.equal(acceptedEncoding, 'identity');
    assert.equal((await download('/untyped')).declaredMimeType, null);
  });

  it('stops at the limit, declared or not, packed or not', async () => {
    for (const path of ['/endless', '/gzip', '/declared-large']) {
      await assert.rejects(download(path), { code: 'MEDIA_TOO_LARGE' }, path);
    }
    await assert.rejects(download('/ok', { maxBytes: 9 }), { code: 'MEDIA_TOO_LARGE' });
  });

  it('refuses a file without bytes', () => assert.rejects(download('/empty'), { code: 'MEDIA_EMPTY' }));

  for (const [status, code, retryClass] of [
    [404, 'MEDIA_GONE', 'permanent'],
    [410, 'MEDIA_GONE', 'permanent'],
    [401, 'PROVIDER_REJECTED', 'permanent'],
    [403, 'PROVIDER_REJECTED', 'permanent'],
    [400, 'PROVIDER_REJECTED', 'permanent'],
    [408, 'MEDIA_UNREACHABLE', 'transient'],
    [500, 'MEDIA_UNREACHABLE', 'transient'],
    [503, 'MEDIA_UNREACHABLE', 'transient'],
  ] as const) {
    it(`turns status ${status} into ${code}, ${retryClass}`, () =>
      assert.rejects(download(`/status/${status}`), { code, retryClass }));
  }

  it('passes on how long a 429 asks to wait', () =>
    assert.rejects(download('/status/429'), { code: 'MEDIA_UNREACHABLE', retryAfterMs: 7000 }));

  it('calls a broken connection and a slow server unreachable, to be tried again', async () => {
    await assert.rejects(download('/cut'), { code: 'MEDIA_UNREACHABLE', retryClass: 'transient' });
    await assert.rejects(download('/reset'), { code: 'MEDIA_UNREACHABLE' });
    await assert.rejects(download('/hang', { timeoutMs: 100 }), { code: 'MEDIA_UNREACHABLE' });
    await assert.rejects(download('/endless', { timeoutMs: 100, maxBytes: 1e12 }), { code: 'MEDIA_UNREACHABLE' });
  });

  it('keeps the reason of a refused URL', () =>
    assert.rejects(download('', { url: 'http://169.254.169.254/' }), { code: 'URL_FORBIDDEN' }));

  it('ends with the reason of its caller when that aborts', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled by the workflow');
    setTimeout(() => controller.abort(reason), 50);
    await assert.rejects(download('/hang', { signal: controller.signal }), reason);
  });
});

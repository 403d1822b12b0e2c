import type { LookupAddress } from 'node:dns';
import { isAppError } from '../../../core/errors';
import { createGuardedFetch, type GuardedFetch } from '../../../core/media/guarded-fetch';
import { FORBIDDEN_URLS } from '../../../test/support/forbidden-urls';
import { startServer } from '../../../test/support/counting-server';
import { outcome, type FaultCase } from '../types';

/** What a name of a stranger may resolve to. */
const PRIVATE_ANSWERS = [
  '127.0.0.1',
  '10.1.2.3',
  '169.254.169.254',
  '::1',
  '::ffff:127.0.0.1',
  'fd00::1',
  '64:ff9b::7f00:1',
];
/** Where a page of a stranger may redirect to; PORT is that of the server that must not be reached. */
const REDIRECTS = [
  'http://127.0.0.1:PORT/',
  'http://[::1]:PORT/',
  'http://localhost:PORT/',
  'http://2130706433:PORT/',
  '//0x7f.1:PORT/',
  'http://169.254.169.254/',
  'file:///etc/passwd',
];

export const i5: FaultCase = {
  id: 'I5',
  title: 'Addresses of the private network in every spelling, by name, by redirect and by rebinding',
  promise: 'A URL that comes from outside never makes the product connect to an address that is not public.',
  async run({ atEnd }) {
    const target = await startServer((_request, response) => response.end('secret'), '::');
    atEnd(() => target.close());
    const origin = await startServer((request, response) =>
      response.writeHead(307, { location: decodeURIComponent(String(request.url).slice(4)) }).end(),
    );
    atEnd(() => origin.close());
    const withPort = (url: string) => url.replace('PORT', String(target.port));
    const notRefused: string[] = [];
    const expectRefusal = async (guardedFetch: GuardedFetch, url: string, what: string) => {
      try {
        await guardedFetch(url);
        notRefused.push(what);
      } catch (error) {
        if (!isAppError(error, 'URL_FORBIDDEN')) notRefused.push(what);
      }
    };

    const plain = createGuardedFetch({ allowedPrivateHosts: [] });
    for (const url of FORBIDDEN_URLS) await expectRefusal(plain, withPort(url), url);
    for (const address of PRIVATE_ANSWERS) {
      const resolve = async () => [{ address, family: address.includes(':') ? 6 : 4 }];
      const named = createGuardedFetch({ allowedPrivateHosts: [], resolve });
      await expectRefusal(named, `http://stranger.example:${target.port}/`, `a name for ${address}`);
    }
    const redirected = createGuardedFetch({ allowedPrivateHosts: [`127.0.0.1:${origin.port}`] });
    for (const place of REDIRECTS) {
      const url = `http://127.0.0.1:${origin.port}/to?${encodeURIComponent(withPort(place))}`;
      await expectRefusal(redirected, url, `a redirect to ${place}`);
    }
    // The first answer is an address nobody has, the second is ours: whoever asked twice would be caught.
    const answers: LookupAddress[] = [
      { address: '203.0.113.7', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    let lookups = 0;
    const rebound = createGuardedFetch({
      allowedPrivateHosts: [],
      resolve: async () => answers.slice(Math.min(lookups++, 1)).slice(0, 1),
    });
    for (const round of ['first', 'second']) {
      await expectRefusal(
        rebound,
        `http://rebind.example:${target.port}/`,
        `the ${round} answer of a name that rebinds`,
      );
    }
    const asked = FORBIDDEN_URLS.length + PRIVATE_ANSWERS.length + REDIRECTS.length + 2;
    return outcome(
      {
        asked,
        connections: target.connections(),
        lookupsOfTheRebindingName: lookups,
        notRefused: notRefused.join(', ') || 'none',
      },
      {
        'every one refused': notRefused.length === 0,
        'no connection': target.connections() === 0,
        'one look-up a request': lookups === 2,
      },
    );
  },
};

import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, fetch, Headers, type HeadersInit, type RequestInit, type Response } from 'undici';
import { AppError, errorMessage } from '../errors';
import { createPrivateHostRule, isForbiddenAddress, parseGuardedUrl, refuseHost } from './url-guard';

/** Like `fetch`, but never reaches an address that the operator did not name and that is not public. */
export type GuardedFetch = (url: string | URL, init?: GuardedRequestInit) => Promise<Response>;

export type GuardedRequestInit = Omit<RequestInit, 'dispatcher' | 'redirect'>;

/** Resolves a name to every address it has. */
export type ResolveAll = (hostname: string) => Promise<LookupAddress[]>;

export interface GuardedFetchOptions {
  /** `host` or `host:port`, as in ALLOWED_PRIVATE_HOSTS: these may be private. */
  allowedPrivateHosts: readonly string[];
  /** For tests of rebinding; the system resolver by default. */
  resolve?: ResolveAll;
}

const MAX_REDIRECTS = 3;
const CONNECT_TIMEOUT_MS = 10_000;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);
/** What survives a redirect to another origin: nothing that could be a credential. */
const CROSS_ORIGIN_HEADERS = new Set(['accept', 'accept-encoding', 'accept-language', 'range', 'user-agent']);

const resolveBySystem: ResolveAll = (hostname) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true, verbatim: true }, (error, addresses) =>
      error ? reject(error) : resolve(addresses),
    );
  });

/**
 * The look-up that a socket uses for its one and only resolution, so the address that was checked is the address that is
 * connected to and a second, different DNS answer has no one to ask it.
 */
function pinnedLookup(resolveAll: ResolveAll, mayConnect: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolveAll(hostname).then(
      (addresses) => {
        const wanted = addresses.filter(({ family }) => !options.family || family === Number(options.family));
        const allowed = wanted.filter(({ address }) => isIP(address) !== 0 && mayConnect(address));
        const first = allowed[0];
        if (first === undefined) {
          callback(refuseHost(hostname, 'resolves to no public address'), '', 0);
        } else if (options.all) {
          callback(null, allowed);
        } else {
          callback(null, first.address, first.family);
        }
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(errorMessage(error)), '', 0),
    );
  };
}

function createAgent(resolveAll: ResolveAll, mayConnect: (address: string) => boolean): Agent {
  return new Agent({ connect: { lookup: pinnedLookup(resolveAll, mayConnect), timeout: CONNECT_TIMEOUT_MS } });
}

/** undici reports a refused look-up as the cause of a "fetch failed": bring it back to the surface. */
function refusalIn(error: unknown): AppError | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof AppError) return cause;
    if (cause instanceof AggregateError) {
      const inner = cause.errors.find((one) => one instanceof AppError);
      if (inner instanceof AppError) return inner;
    }
  }
  return null;
}

function withoutCredentials(headers: HeadersInit | undefined): Headers {
  const kept = new Headers(headers);
  for (const name of [...kept.keys()]) if (!CROSS_ORIGIN_HEADERS.has(name)) kept.delete(name);
  return kept;
}

/**
 * A fetch for addresses that come from strangers. Names are resolved once and the connection is pinned to the checked
 * address. GET and HEAD follow at most 3 redirects, each checked like the first; other methods follow none and return
 * the 3xx. On a redirect to another origin only harmless headers travel on.
 *
 * A host that the operator named is exempt from the address check, but only when the first URL is one of them: a public
 * page cannot redirect us into the private network.
 *
 * @throws AppError URL_FORBIDDEN when an address may not be called, MEDIA_UNREACHABLE after too many redirects; network
 * errors as undici throws them
 */
export function createGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  const resolveAll = options.resolve ?? resolveBySystem;
  const isNamedByOperator = createPrivateHostRule(options.allowedPrivateHosts);
  const publicAgent = createAgent(resolveAll, (address) => !isForbiddenAddress(address));
  const operatorAgent = createAgent(resolveAll, () => true);
  const nobodyIsExempt = (): boolean => false;

  return async (rawUrl, init = {}) => {
    const method = (init.method ?? 'GET').toUpperCase();
    const followsRedirects = method === 'GET' || method === 'HEAD';
    let url = parseGuardedUrl(rawUrl, isNamedByOperator);
    const exemption = isNamedByOperator(url) ? isNamedByOperator : nobodyIsExempt;
    let headers = init.headers;

    for (let redirects = 0; ; redirects++) {
      const dispatcher = exemption(url) ? operatorAgent : publicAgent;
      const response = await fetch(url, { ...init, headers, redirect: 'manual', dispatcher }).catch(
        (error: unknown) => {
          throw refusalIn(error) ?? error;
        },
      );
      const location = response.headers.get('location');
      if (!followsRedirects || !REDIRECT_STATUSES.has(response.status) || location === null) return response;

      await response.body?.cancel();
      if (redirects === MAX_REDIRECTS) {
        throw new AppError('MEDIA_UNREACHABLE', `${url.host} redirected more than ${MAX_REDIRECTS} times.`);
      }
      if (!URL.canParse(location, url.href)) {
        throw new AppError('MEDIA_UNREACHABLE', `${url.host} redirected to something that is not a URL.`);
      }
      const next = parseGuardedUrl(new URL(location, url), exemption);
      if (next.origin !== url.origin) headers = withoutCredentials(headers);
      url = next;
    }
  };
}

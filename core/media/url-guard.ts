import { BlockList, isIP } from 'node:net';
import { AppError } from '../errors';

/**
 * Ranges no stranger may make us call. Source: the IANA special-purpose registries of IPv4 and IPv6.
 */
const FORBIDDEN_IPV4: readonly [string, number][] = [
  ['0.0.0.0', 8], // "this network"; 0.0.0.0 reaches the loopback on Linux
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // carrier-grade NAT; also holds the metadata address of some clouds (100.100.100.200)
  ['127.0.0.0', 8],
  ['168.63.129.16', 32], // Azure's metadata and DNS address sits inside public space
  ['169.254.0.0', 16], // link-local and the usual cloud metadata address
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15], // benchmarking
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved and broadcast
];

/** Inside 2000::/3, the only part of IPv6 that is handed out; everything outside of it is refused as a whole. */
const FORBIDDEN_IPV6: readonly [string, number][] = [
  ['2001::', 23], // Teredo, ORCHID and other protocol assignments: they wrap other addresses
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4 wraps any IPv4 address
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
];

const forbidden = new BlockList();
for (const [network, prefix] of FORBIDDEN_IPV4) forbidden.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of FORBIDDEN_IPV6) forbidden.addSubnet(network, prefix, 'ipv6');

const globalIpv6 = new BlockList();
globalIpv6.addSubnet('2000::', 3, 'ipv6');

/**
 * Whether an IP address (no brackets, no zone) is private, local, reserved or wraps another address. Anything that is not
 * an IP address is forbidden too, so a caller that forgets to resolve a name fails closed.
 */
export function isForbiddenAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return forbidden.check(address, 'ipv4');
  if (family === 6) return !globalIpv6.check(address, 'ipv6') || forbidden.check(address, 'ipv6');
  return true;
}

/** The host of a URL as an address or name: no brackets, lower case, no trailing dot. */
export function hostOf(url: URL): string {
  return url.hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}

/**
 * Builds the test for "the operator named this host": each entry is `host` (any port) or `host:port`, IPv6 in brackets
 * when it has a port.
 */
export function createPrivateHostRule(allowedPrivateHosts: readonly string[]): (url: URL) => boolean {
  const entries = allowedPrivateHosts.map((entry) => {
    const authority = isIP(entry) === 6 ? `[${entry}]` : entry;
    if (/[/\\?#@\s]/.test(entry) || !URL.canParse(`http://${authority}`)) {
      throw new Error(`ALLOWED_PRIVATE_HOSTS: "${entry}" is neither host nor host:port`);
    }
    const port = /^(?:\[[^\]]*\]|[^:]*):(\d+)$/.exec(authority)?.[1] ?? null;
    return { host: hostOf(new URL(`http://${authority}`)), port };
  });
  return (url) => {
    const host = hostOf(url);
    return entries.some((entry) => entry.host === host && (entry.port === null || entry.port === portOf(url)));
  };
}

/** The one sentence every refusal ends with. */
export function refuseHost(host: string, reason: string): AppError {
  return new AppError(
    'URL_FORBIDDEN',
    `${host} ${reason}. If it is a server of your own, name it in ALLOWED_PRIVATE_HOSTS (host or host:port).`,
  );
}

/**
 * Parses a URL as browsers do, so that every spelling of an address (decimal, octal, hex, short, full-width) becomes the
 * same one, and refuses what can be refused without a name look-up.
 *
 * @throws AppError URL_FORBIDDEN for an unreadable URL, another scheme than http(s), credentials in the URL, or a
 * forbidden IP address
 */
export function parseGuardedUrl(rawUrl: string | URL, isNamedByOperator: (url: URL) => boolean): URL {
  if (!URL.canParse(String(rawUrl)))
    throw new AppError('URL_FORBIDDEN', 'The URL cannot be read. Send an absolute URL.');
  const url = new URL(String(rawUrl));
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new AppError('URL_FORBIDDEN', `The scheme ${url.protocol} may not be called. Use https or http.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError('URL_FORBIDDEN', 'The URL carries a user name or password. Send credentials as a header.');
  }
  const host = hostOf(url);
  // Not every resolver knows that these names are this machine (RFC 6761).
  const isLocalName = host === 'localhost' || host.endsWith('.localhost');
  if ((isLocalName || (isIP(host) !== 0 && isForbiddenAddress(host))) && !isNamedByOperator(url)) {
    throw refuseHost(host, 'is a private, local or reserved address');
  }
  return url;
}

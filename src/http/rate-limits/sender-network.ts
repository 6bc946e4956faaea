import { isIP, SocketAddress } from 'node:net';
import type { RequestSource } from '../../kernel/request-limits.ts';
import type { IsTrustedProxy } from '../trusted-proxies.ts';

/**
 * Tells by what a request is counted: its IPv4 address, or the /64 of its IPv6 address, which is what one sender has at least
 * (RFC 6177 §2). Null: it comes from this machine and is not counted.
 */
export type SenderNetworkOf = (source: RequestSource) => string | null;

/**
 * Makes it. A header is believed of a trusted proxy alone. This machine is its operator's, or that of a proxy that is not
 * declared, behind which everyone would share one budget: so it is counted only where `limitLoopback` says so, or where a proxy
 * elsewhere names it.
 */
export function createSenderNetworks(options: {
  readonly isTrustedProxy: IsTrustedProxy;
  readonly limitLoopback: boolean;
}): SenderNetworkOf {
  const { isTrustedProxy, limitLoopback } = options;
  return ({ headers, socket }) => {
    const peer = socket.remoteAddress ?? '';
    const forwarded = headers['x-forwarded-for'];
    if (typeof forwarded !== 'string' || !isTrustedProxy(peer)) {
      return !limitLoopback && isLoopback(peer) ? null : networkOf(peer);
    }
    const way = wayOf(peer, forwarded, isTrustedProxy);
    return !limitLoopback && way.every(isLoopback) ? null : networkOf(way.at(-1) ?? peer);
  };
}

/** The addresses that a request came by, from the nearest to the first that is no trusted proxy. */
function wayOf(peer: string, forwarded: string, isTrustedProxy: IsTrustedProxy): readonly string[] {
  const way = [peer];
  for (const text of forwarded.split(',').reverse()) {
    const address = addressIn(text.trim());
    // What names no address tells nothing of who sent it; whoever is before it could have written it.
    if (address === undefined) break;
    way.push(address);
    if (!isTrustedProxy(address)) break;
  }
  return way;
}

/** Some proxies add the port. */
const withPort = /^(?:\[(?<v6>[^\]]+)\](?::\d+)?|(?<v4>[\d.]+):\d+)$/;

function addressIn(text: string): string | undefined {
  const { v6, v4 } = withPort.exec(text)?.groups ?? {};
  const address = v6 ?? v4 ?? text;
  const version = isIP(address);
  if (version === 0) return undefined;
  return version === 4 ? address : asSystemsWrite(address);
}

/** One address of IPv6 has many spellings (RFC 4291 §2.2), and a proxy may have its own: it would not be seen to be IPv4's. */
function asSystemsWrite(address: string): string {
  return new SocketAddress({ address, family: 'ipv6' }).address;
}

/** How a socket for both versions shows a peer of IPv4 (RFC 4291 §2.5.5.2). */
const mapped = '::ffff:';

/** Whether an address is one of this machine (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address.startsWith(`${mapped}127.`);
}

/** The network by which an address is counted, which is written as systems write it (RFC 5952). */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  if (address.startsWith(mapped) && address.includes('.')) return address.slice(mapped.length);
  let end = -1;
  for (let groups = 0; groups < 4; groups += 1) {
    const next = address.indexOf(':', end + 1);
    if (next <= end + 1) return prefixOf(address);
    end = next;
  }
  return address.slice(0, end);
}

/** The first 64 bits of an address of which zeros are left out. */
function prefixOf(address: string): string {
  const [before = '', after = ''] = address.split('::');
  const first = before === '' ? [] : before.split(':');
  const last = after === '' ? [] : after.split(':');
  const zeros = 8 - first.length - last.length - (after.includes('.') ? 1 : 0);
  return [...first, ...Array<string>(zeros).fill('0'), ...last].slice(0, 4).join(':');
}

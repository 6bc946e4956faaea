import { isIP } from 'node:net';
import { isUsername } from '../accounts/username.ts';
import { chosenSecretFault } from '../clients/secret-text.ts';
import { isLoopbackHost } from '../kernel/loopback-host.ts';
import { isUuid } from '../kernel/random.ts';
import { ValueFault } from './faults.ts';

/** Parsers of single values. Each throws `ValueFault` and none repeats the value: it may be a secret. */

/** A TCP port; 0 lets the system choose. */
export function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new ValueFault('must be a port, 0 to 65535');
  return Number(text);
}

/** A host name or an IP address without brackets. */
export function parseHost(text: string): string {
  const name =
    /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
  if (isIP(text) === 0 && !name.test(text)) throw new ValueFault('must be a host name or an IP address');
  return text;
}

/**
 * An issuer identifier: https, or http on a loopback host; no user, query or fragment, and in the one spelling
 * that clients will compare, so no trailing slash either.
 * @see RFC 8414 §2
 */
export function parseIssuer(text: string): string {
  if (!URL.canParse(text)) throw new ValueFault('must be an absolute URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackHost(url.hostname))) {
    throw new ValueFault('must be an https URL; http is for loopback hosts only');
  }
  if (text.includes('?') || text.includes('#')) throw new ValueFault('must have no query and no fragment');
  if (url.username !== '' || url.password !== '') throw new ValueFault('must not name a user');
  const canonical = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  if (text !== canonical) throw new ValueFault(`must be spelled ${canonical}`);
  return text;
}

/** The URL of a PostgreSQL database; whether there is one is seen when it is opened. */
export function parseDatabaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    throw new ValueFault(
      'must be a postgres:// URL; what is special to URLs, such as # and /, is percent-encoded in user and password',
    );
  }
  if (url.pathname.length < 2)
    throw new ValueFault('must name a database: postgres://user:password@host/database');
  return text;
}

/** 32 octets in canonical base64 (RFC 4648 §4). */
export function parseMasterKey(text: string): Buffer {
  const octets = Buffer.from(text, 'base64');
  if (octets.length !== 32 || octets.toString('base64') !== text) {
    throw new ValueFault('must be the base64 of exactly 32 bytes; `openssl rand -base64 32` makes one');
  }
  return octets;
}

/** Addresses and CIDR blocks, separated by commas. */
export function parseNetworks(text: string): readonly string[] {
  const entries = text.split(',').map((entry) => entry.trim());
  if (!entries.every(isNetwork)) {
    throw new ValueFault('must be IP addresses or CIDR blocks, separated by commas');
  }
  return entries;
}

function isNetwork(entry: string): boolean {
  const [, address = '', prefix = '0'] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(prefix) <= (version === 4 ? 32 : 128);
}

/** `true` or `false`. */
export function parseBoolean(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new ValueFault('must be true or false');
  return text === 'true';
}

/** A UUID in lower case. */
export function parseUuid(text: string): string {
  if (!isUuid(text)) throw new ValueFault('must be a UUID in lower case');
  return text;
}

/** A client secret that the registry takes (RFC 6749 Appendix A.2). */
export function parseClientSecret(text: string): string {
  const fault = chosenSecretFault(text);
  if (fault !== undefined) throw new ValueFault(fault);
  return text;
}

/** The token that the server shows a service of the operator's: 16 to 1024 printable ASCII characters. */
export function parseServiceToken(text: string): string {
  if (!/^[\x21-\x7e]{16,1024}$/.test(text)) {
    throw new ValueFault('must be 16 to 1024 printable ASCII characters without spaces');
  }
  return text;
}

/** A user name: 1 to 128 characters, no control characters, no white space at its ends. */
export function parseUsername(text: string): string {
  if (!isUsername(text)) {
    throw new ValueFault('must be 1 to 128 characters without control characters or surrounding white space');
  }
  return text;
}

/** A password that a person may have: 8 to 1024 characters. @see NIST SP 800-63B §3.1.1.2 */
export function parsePassword(text: string): string {
  if (text.length < 8 || text.length > 1024) throw new ValueFault('must be 8 to 1024 characters');
  return text;
}

/** One of `names`. */
export function oneOf<Name extends string>(names: readonly Name[]): (text: string) => Name {
  return (text) => {
    const name = names.find((candidate) => candidate === text);
    if (name === undefined) throw new ValueFault(`must be one of ${names.join(', ')}`);
    return name;
  };
}

/** Any text: a path that is read, and judged, later. */
export function parseText(text: string): string {
  return text;
}

/** The hosts on which plain http stays on the machine (RFC 8252 §7.3, §8.3). */
const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Visible ASCII without the characters that RFC 3986 Appendix A leaves out of every URI. */
const uriCharacters = /^[!#-;=?-[\]_a-z~]+$/;

/** The longest URI that a record holds, in characters. */
export const longestUri = 2048;

interface Checks {
  readonly scheme: (url: URL) => string | undefined;
}

/**
 * What is wrong with `uri` as a redirect URI: https anywhere, http on loopback, private-use schemes with a dot; no
 * fragment, no wildcard, no credentials, no dot segments. Undefined when nothing is.
 * @see RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §4.1
 */
export function redirectUriFault(uri: string): string | undefined {
  return uriFault(uri, { scheme: redirectScheme });
}

/** What is wrong with `uri` as an address that this server or a browser calls at logout: https, or http on loopback. */
export function logoutUriFault(uri: string): string | undefined {
  return uriFault(uri, { scheme: secureWebScheme });
}

/** What is wrong with `uri` as a page that people are shown a link to: http or https. */
export function webPageUriFault(uri: string): string | undefined {
  return uriFault(uri, { scheme: webScheme });
}

/** What is wrong with `uri` as an image elsewhere: https only. */
export function imageUriFault(uri: string): string | undefined {
  return uriFault(uri, { scheme: (url) => (url.protocol === 'https:' ? undefined : 'must be an https URI') });
}

function uriFault(uri: string, checks: Checks): string | undefined {
  if (uri === '') return 'must not be empty';
  if (uri.length > longestUri) return `must be at most ${longestUri} characters`;
  if (!uriCharacters.test(uri)) return 'must be a URI in ASCII (RFC 3986)';
  if (uri.includes('*')) return 'must not contain a wildcard';
  if (uri.includes('#')) return 'must not contain a fragment';
  if (!URL.canParse(uri)) return 'must be an absolute URI';
  const url = new URL(uri);
  return checks.scheme(url) ?? authorityFault(uri, url) ?? pathFault(uri);
}

function redirectScheme(url: URL): string | undefined {
  if (isWeb(url)) return secureWebScheme(url);
  if (!url.protocol.includes('.'))
    return 'has a scheme that is not allowed (a private-use scheme contains a dot)';
  return undefined;
}

function secureWebScheme(url: URL): string | undefined {
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:' && loopbackHosts.has(url.hostname)) return undefined;
  return 'must be an https URI, or http on localhost, 127.0.0.1 or [::1]';
}

function webScheme(url: URL): string | undefined {
  return isWeb(url) ? undefined : 'must be an http or https URI';
}

function isWeb(url: URL): boolean {
  return url.protocol === 'https:' || url.protocol === 'http:';
}

/** WHATWG parsing forgives a missing `//` and reads `\` as `/`; a browser and a library would then disagree. */
function authorityFault(uri: string, url: URL): string | undefined {
  if (url.username !== '' || url.password !== '') return 'must not contain credentials';
  if (isWeb(url) && !/^https?:\/\/[^/?@]+(?:[/?]|$)/i.test(uri)) return 'must name its host after "//"';
  return undefined;
}

function pathFault(uri: string): string | undefined {
  const path = uri.split('?', 1)[0] ?? '';
  const decoded = path.replace(/%(25)*(2e|2f|5c)/gi, (_, __, octet) =>
    String.fromCharCode(Number.parseInt(octet, 16)),
  );
  if (/%(25)*(2f|5c)/i.test(path)) return 'must not contain an encoded slash or backslash';
  if (/(?:^|\/)\.{1,2}(?:[/;]|$)/.test(decoded)) return 'must not contain dot segments';
  return undefined;
}

/** The hosts on which plain http stays on the machine (RFC 8252 §7.3, §8.3). */
const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Visible ASCII without the characters that RFC 3986 Appendix A leaves out of every URI. */
const uriCharacters = /^[!#-;=?-[\]_a-z~]+$/;

/** A percent sign that begins no octet (RFC 3986 §2.1). */
const strayPercent = /%(?![0-9a-f]{2})/i;

/** The longest URI that a record holds, in characters. */
const longestUri = 2048;

/**
 * What is wrong with `uri` as a redirect URI: https anywhere, http on loopback, private-use schemes with a dot; no
 * fragment, no wildcard, no credentials, no dot segments. Undefined when nothing is.
 * @see RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §4.1
 */
export function redirectUriFault(uri: string): string | undefined {
  return callbackFault(uri, redirectSchemeFault);
}

/** What is wrong with `uri` as an address that this server or a browser calls at logout: https, or http on loopback. */
export function logoutUriFault(uri: string): string | undefined {
  return callbackFault(uri, secureWebSchemeFault);
}

/** What is wrong with `uri` as a page that people are shown a link to: http or https. */
export function webPageUriFault(uri: string): string | undefined {
  return uriFault(uri, webSchemeFault);
}

/** What is wrong with `uri` as an image elsewhere: https only. */
export function imageUriFault(uri: string): string | undefined {
  return uriFault(uri, (url) => (url.protocol === 'https:' ? undefined : 'must be an https URI'));
}

/** A URI that is compared with, or called with something added, must leave nothing to read in two ways. */
function callbackFault(uri: string, schemeFault: (url: URL) => string | undefined): string | undefined {
  if (uri.includes('*')) return 'must not contain a wildcard';
  if (uri.includes('#')) return 'must not contain a fragment';
  return uriFault(uri, schemeFault) ?? pathFault(uri);
}

/** Whether `text` is an absolute URI as it stands, and not only to a parser that mends what it reads. */
export function isAbsoluteUri(text: string): boolean {
  return isUriText(text) && URL.canParse(text);
}

function isUriText(text: string): boolean {
  return uriCharacters.test(text) && !strayPercent.test(text);
}

function uriFault(uri: string, schemeFault: (url: URL) => string | undefined): string | undefined {
  if (uri === '') return 'must not be empty';
  if (uri.length > longestUri) return `must be at most ${longestUri} characters`;
  if (!isUriText(uri)) return 'must be a URI in ASCII (RFC 3986)';
  if (!URL.canParse(uri)) return 'must be an absolute URI';
  const url = new URL(uri);
  return schemeFault(url) ?? authorityFault(uri, url);
}

function redirectSchemeFault(url: URL): string | undefined {
  if (isWeb(url)) return secureWebSchemeFault(url);
  if (!url.protocol.includes('.'))
    return 'has a scheme that is not allowed (a private-use scheme contains a dot)';
  return undefined;
}

function secureWebSchemeFault(url: URL): string | undefined {
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:' && loopbackHosts.has(url.hostname)) return undefined;
  return 'must be an https URI, or http on localhost, 127.0.0.1 or [::1]';
}

function webSchemeFault(url: URL): string | undefined {
  return isWeb(url) ? undefined : 'must be an http or https URI';
}

function isWeb(url: URL): boolean {
  return url.protocol === 'https:' || url.protocol === 'http:';
}

/**
 * WHATWG parsing forgives a missing `//`, and reads `127.1`, `2130706433` and `%31%32%37.1` as 127.0.0.1; a browser and a
 * library would then disagree. So a host must stand as parsing writes it, but for the case of its letters.
 */
function authorityFault(uri: string, url: URL): string | undefined {
  if (url.username !== '' || url.password !== '') return 'must not contain credentials';
  if (!isWeb(url)) return undefined;
  const authority = /^https?:\/\/([^/?@]+)/i.exec(uri)?.[1]?.toLowerCase();
  if (authority === undefined) return 'must name its host after "//"';
  const defaultPort = url.protocol === 'https:' ? ':443' : ':80';
  const isAsParsed = authority === url.host || authority === `${url.host}${defaultPort}`;
  return isAsParsed ? undefined : 'must have a host and port in their usual form';
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

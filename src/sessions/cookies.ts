/** What the server keeps in a browser: the sessions of people, what binds pages to the browser, who has signed in there before. */
export type CookieKind = 'session' | 'browser' | 'device';

/** Reads and writes the cookies of this server; nobody else knows their names and attributes. */
export interface Cookies {
  /**
   * The value in a `Cookie` header (RFC 6265 §5.4). One that stands there twice is none: another origin has put one there, and
   * nobody can tell which.
   */
  readonly read: (header: string | undefined, kind: CookieKind) => string | undefined;
  /** A `Set-Cookie` header. @param maxAgeSeconds null: until the browser is closed; 0: gone */
  readonly write: (kind: CookieKind, value: string, maxAgeSeconds: number | null) => string;
}

/**
 * Makes the cookies of an issuer. Over https their names begin with `__Host-`, which no other host, path or plain connection can
 * set; on loopback they cannot.
 * @see RFC 6265bis §4.1.3.2
 */
export function createCookies(issuer: string): Cookies {
  const isSecure = issuer.startsWith('https:');
  const prefix = isSecure ? '__Host-clientele-' : 'clientele-';
  // Lax: pages of other sites send people here, and may not act for them.
  const attributes = `; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  const names: Readonly<Record<CookieKind, string>> = {
    session: `${prefix}session`,
    browser: `${prefix}browser`,
    device: `${prefix}device`,
  };
  return {
    read: (header, kind) => (header === undefined ? undefined : valueIn(header, names[kind])),
    write: (kind, value, maxAgeSeconds) => {
      const age = maxAgeSeconds === null ? '' : `; Max-Age=${maxAgeSeconds}`;
      return `${names[kind]}=${value}${attributes}${age}`;
    },
  };
}

function valueIn(header: string, name: string): string | undefined {
  let value: string | undefined;
  for (const pair of header.split(';')) {
    const end = pair.indexOf('=');
    if (end < 0 || pair.slice(0, end).trim() !== name) continue;
    if (value !== undefined) return undefined;
    value = pair.slice(end + 1).trim();
  }
  return value;
}

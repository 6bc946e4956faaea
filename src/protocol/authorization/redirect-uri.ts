/** An http URI on a loopback address, with or without a port; what stands before and behind the port are its groups. */
const loopbackUri = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::(\d{1,5}))?((?:[/?].*)?)$/;

const highestPort = 65_535;

/**
 * Whether `uri` is one of the client's: the same string (RFC 9700 §4.1.3), but for the port of an http URI on `127.0.0.1` or `[::1]`,
 * which an app is given by its system when it asks for one (RFC 8252 §7.3).
 */
export function isRegistered(uri: string, registered: readonly string[]): boolean {
  if (registered.includes(uri)) return true;
  const portless = withoutPort(uri);
  return portless !== undefined && registered.some((entry) => withoutPort(entry) === portless);
}

/**
 * What a person is told, and asked about, of where a response goes: the host, or the scheme of an app (RFC 8252 §7.1). A host on the
 * person's own machine is the same whatever its port.
 */
export function redirectHostOf(uri: string): string {
  const { protocol, host, hostname } = new URL(uri);
  if (protocol !== 'https:' && protocol !== 'http:') return protocol;
  return loopbackUri.test(uri) ? hostname : host;
}

/** A loopback URI without its port; undefined for every other. */
function withoutPort(uri: string): string | undefined {
  const [, origin, port = '', rest] = loopbackUri.exec(uri) ?? [];
  if (origin === undefined || rest === undefined) return undefined;
  const isPort = port === '' || (!port.startsWith('0') && Number(port) <= highestPort);
  return isPort ? origin + rest : undefined;
}

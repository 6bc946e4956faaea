import { requestIdHeader } from './request-id.ts';

const always: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** For this very host (RFC 6797 §6.1): the issuer may be a path of a site whose other hosts are not the server's to decide for. */
const overTls = { ...always, 'strict-transport-security': 'max-age=31536000' };

/**
 * What every answer carries: no sniffing, no framing, no active content, no referrer, HTTPS only once seen over it;
 * and the request's id. A page sets its own policy over it.
 */
export function commonHeaders(issuer: string): (requestId: string) => Readonly<Record<string, string>> {
  const headers = issuer.startsWith('https:') ? overTls : always;
  return (requestId) => ({ ...headers, [requestIdHeader]: requestId });
}

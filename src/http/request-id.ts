import { orderedUuid } from '../kernel/random.ts';
import type { RequestSource } from '../kernel/request-limits.ts';
import type { IsTrustedProxy } from './trusted-proxies.ts';

/** The header that carries a request's id, in and out. */
export const requestIdHeader = 'x-request-id';

const plain = /^[A-Za-z0-9._-]{1,64}$/;

/** Takes over the id that a trusted proxy gave, and makes one for every other request. */
export function createRequestIds(isTrustedProxy: IsTrustedProxy): (source: RequestSource) => string {
  return ({ headers, socket }) => {
    const given = headers[requestIdHeader];
    const taken =
      typeof given === 'string' && plain.test(given) && isTrustedProxy(socket.remoteAddress ?? '');
    return taken ? given : orderedUuid();
  };
}

import { createRequestLimits } from '../http/rate-limits/request-limits.ts';
import type { ServerFoundation } from './core.ts';

/** The limits of every kind of endpoint. */
export function openLimits({ configuration, milliseconds }: ServerFoundation) {
  const { trustedProxies, declarations } = configuration;
  return createRequestLimits({
    settings: declarations.server.rateLimits,
    endpoints: ['token', 'introspection', 'revocation', 'administration'],
    trustedProxies,
    milliseconds,
  });
}

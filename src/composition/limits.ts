import { createRequestLimits } from '../http/rate-limits/request-limits.ts';
import type { ServerFoundation } from './core.ts';

/** The limits of every kind of endpoint. */
export type Limits = ReturnType<typeof openLimits>;

/** Opens them, as the configuration says. */
export function openLimits({ configuration, milliseconds }: ServerFoundation) {
  const { trustedProxies, declarations } = configuration;
  const { rateLimits } = declarations.server;
  return createRequestLimits({
    // Who reads the metrics is no client.
    settings: { ...rateLimits, metrics: { ...rateLimits.metrics, perClient: null } },
    endpoints: {
      token: 'secret',
      introspection: 'secret',
      revocation: 'secret',
      administration: 'token',
      metrics: 'token',
    },
    trustedProxies,
    milliseconds,
  });
}

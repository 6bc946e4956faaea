import { createRequestLimits } from '../http/rate-limits/request-limits.ts';
import type { ServerFoundation } from './core.ts';

/** The limits of every kind of endpoint. */
export type Limits = ReturnType<typeof openLimits>;

/** Opens them, as the configuration says. */
export function openLimits({ configuration, milliseconds }: ServerFoundation) {
  const { trustedProxies, declarations } = configuration;
  const { rateLimits } = declarations.server;
  return createRequestLimits({
    settings: {
      ...rateLimits,
      // Who reads the metrics is no client, and neither is a person.
      metrics: { ...rateLimits.metrics, perClient: null },
      authorization: { ...rateLimits.authorization, perClient: null },
      interactions: { ...rateLimits.interactions, perClient: null },
      login: { ...rateLimits.login, perClient: null },
    },
    endpoints: {
      token: 'secret',
      introspection: 'secret',
      revocation: 'secret',
      userinfo: 'token',
      authorization: 'none',
      interactions: 'none',
      login: 'password',
      administration: 'token',
      metrics: 'token',
    },
    trustedProxies,
    milliseconds,
  });
}

import { Agent } from 'node:https';
import type { JsonObject, JsonValue } from '../kernel/encoding.ts';
import { createTurns } from '../kernel/turns.ts';
import { operatorAddresses } from './address-policy.ts';
import { checkLiteralAddress, createCheckedLookup, type Resolve, systemResolve } from './checked-lookup.ts';
import { EgressError } from './errors.ts';
import { postJson } from './post-json.ts';
import { createTrust } from './trust.ts';

/** A service that the operator has named. */
export interface OperatorServiceOptions {
  /** https, without query or fragment. */
  readonly url: string;
  /** Sent as a bearer token (RFC 6750 §2.1). */
  readonly token: string;
  readonly allowLoopback: boolean;
  /** PEM; trusted beside the runtime's own roots. */
  readonly certificateAuthorities: string | null;
  /** For a whole request, from the call to the last octet of the answer. Default: 5,000. */
  readonly timeLimitMs?: number;
  /** Default: as the machine resolves names. */
  readonly resolve?: Resolve;
}

/**
 * Posts `body` to `path` below the service's URL; answers the JSON of a 200. It may send a request twice.
 * @throws EgressError
 */
export type PostToService = (path: string, body: JsonObject) => Promise<JsonValue>;

const requestsAtOnce = 16;
const mostWaiting = 256;

/** Makes the way to a service of the operator's: https alone, to addresses that `operatorAddresses` allows. */
export function createOperatorService(options: OperatorServiceOptions): PostToService {
  const { url, token, timeLimitMs = 5000, resolve = systemResolve } = options;
  const policy = operatorAddresses(options);
  const base = url.replace(/\/$/, '');
  const headers = { authorization: `Bearer ${token}` };
  const agent = new Agent({
    keepAlive: true,
    maxSockets: requestsAtOnce,
    lookup: createCheckedLookup(policy, resolve),
    ...createTrust(options.certificateAuthorities),
  });
  const refuse = () => new EgressError('busy', `too many requests to ${new URL(url).host} are under way`);
  const inTurn = createTurns({ running: requestsAtOnce, waiting: mostWaiting, refuse });

  return (path, body) => {
    const signal = AbortSignal.timeout(timeLimitMs);
    return inTurn(async () => {
      const target = new URL(base + path);
      checkLiteralAddress(policy, target);
      return postJson({ url: target, headers, body, agent, signal });
    });
  };
}

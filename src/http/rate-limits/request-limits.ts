import { monotonicMilliseconds } from '../../kernel/clock.ts';
import { isUuid } from '../../kernel/random.ts';
import { type Attempt, type EndpointLimits, unlimitedAttempt } from '../../kernel/request-limits.ts';
import { createTrustedProxies } from '../trusted-proxies.ts';
import { createLimit, type FailureRate, type Limit, type RequestRate } from './limit.ts';
import { createSenderNetworks } from './sender-network.ts';

/** How many requests one kind of endpoint takes; null: any number. */
export interface EndpointRates {
  readonly perAddress: RequestRate | null;
  /** For a client that has authenticated. */
  readonly perClient: RequestRate | null;
}

/** How many authentications may fail, at all endpoints that take the same kind of proof together; null: any number. */
export interface FailureRates {
  readonly perAddress: FailureRate | null;
  readonly perClientAndAddress: FailureRate | null;
}

/** The limits of a server, as its operator sets them. */
export type RateLimitSettings<Endpoint extends string> = Readonly<Record<Endpoint, EndpointRates>> & {
  /** Whether requests from this machine are counted by address. */
  readonly limitLoopback: boolean;
  readonly failedAuthentications: FailureRates;
};

/**
 * What callers prove themselves with: a secret (or an assertion), which a stranger could guess and which costs to verify, a
 * bearer token, a person's password, or nothing. Failures of each count apart: who has let a token expire keeps nobody at his address from
 * getting another, and who has forgotten a password no client from authenticating.
 */
export type Proof = 'secret' | 'token' | 'password' | 'none';

/** What the limits are made of. */
export interface RequestLimitsOptions<Endpoint extends string> {
  readonly settings: RateLimitSettings<NoInfer<Endpoint>>;
  /** The kinds of endpoints, and what each is given as a proof. */
  readonly endpoints: Readonly<Record<Endpoint, Proof>>;
  /** Addresses and CIDR blocks. */
  readonly trustedProxies: readonly string[];
  /** A clock that never goes back. Default: the machine's. */
  readonly milliseconds?: () => number;
}

/** Makes the limits of every kind of endpoint. What they count is in the memory of this process alone. */
export function createRequestLimits<Endpoint extends string>(
  options: RequestLimitsOptions<Endpoint>,
): Readonly<Record<Endpoint, EndpointLimits>> {
  const { settings, endpoints, milliseconds = monotonicMilliseconds } = options;
  const networkOf = createSenderNetworks({
    isTrustedProxy: createTrustedProxies(options.trustedProxies),
    limitLoopback: settings.limitLoopback,
  });
  const failuresOf: Readonly<Record<Proof, Failures>> = {
    secret: createFailures(settings.failedAuthentications, milliseconds),
    token: createFailures(settings.failedAuthentications, milliseconds),
    password: createFailures(settings.failedAuthentications, milliseconds),
    none: { ofAddress: null, ofPair: null },
  };

  const limitEndpoint = (endpoint: Endpoint): EndpointLimits => {
    const rates = settings[endpoint];
    const failures = failuresOf[endpoints[endpoint]];
    const perAddress = createLimit(`rateLimits.${endpoint}.perAddress`, rates.perAddress, milliseconds);
    const perClient = createLimit(`rateLimits.${endpoint}.perClient`, rates.perClient, milliseconds);
    const succeed = perClient?.take ?? unlimitedAttempt.succeed;
    const ofThisMachine = { ...unlimitedAttempt, succeed };
    return {
      admit: (source) => {
        const network = networkOf(source);
        if (network === null) return ofThisMachine;
        failures.ofAddress?.check(network);
        perAddress?.take(network);
        return createAttempt(network, failures, succeed);
      },
    };
  };
  const names = Object.keys(endpoints) as Endpoint[];
  return Object.fromEntries(names.map((endpoint) => [endpoint, limitEndpoint(endpoint)])) as Readonly<
    Record<Endpoint, EndpointLimits>
  >;
}

/** What has failed, by whom. */
interface Failures {
  readonly ofAddress: Limit | null;
  /** Below the address's, so that one client that is set up wrongly does not stop the others at its address. */
  readonly ofPair: Limit | null;
}

function createFailures(
  { perAddress, perClientAndAddress }: FailureRates,
  milliseconds: () => number,
): Failures {
  const setting = 'rateLimits.failedAuthentications';
  return {
    ofAddress: createLimit(`${setting}.perAddress`, perAddress, milliseconds),
    ofPair: createLimit(`${setting}.perClientAndAddress`, perClientAndAddress, milliseconds),
  };
}

function createAttempt(
  network: string,
  { ofAddress, ofPair }: Failures,
  succeed: Attempt['succeed'],
): Attempt {
  let pair: string | undefined;
  return {
    claim: (clientId) => {
      // Nothing else names a client, and who means harm would send long ones.
      if (isUuid(clientId)) pair = `${network} ${clientId}`;
      ofAddress?.check(network);
      if (pair !== undefined) ofPair?.check(pair);
    },
    succeed,
    fail: () => {
      ofAddress?.drain(network);
      if (pair !== undefined) ofPair?.drain(pair);
    },
  };
}

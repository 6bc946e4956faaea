import {
  type AuthorizationServer,
  allowInsecureRequests,
  customFetch,
  discoveryRequest,
  processDiscoveryResponse,
} from 'oauth4webapi';
import type { Clock, EpochSeconds } from '../kernel/clock.ts';
import { isLoopbackHost } from '../kernel/loopback-host.ts';
import { blaming } from './protocol-faults.ts';
import { UpstreamError } from './upstream-error.ts';

/**
 * The port to the network, in the form of the Fetch standard: which addresses are asked, and how much of an answer is read, is decided
 * behind it. It rejects with an error whose message may be logged.
 */
export type UpstreamFetch = (
  url: string,
  options: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  },
) => Promise<Response>;

/** How every request to a provider is made. Whether http is good enough, the port decides. */
export interface RequestOptions {
  readonly [customFetch]: UpstreamFetch;
  readonly [allowInsecureRequests]: true;
}

/** Has every request made by `request`. */
export function requestOptions(request: UpstreamFetch): RequestOptions {
  const reach: UpstreamFetch = async (url, options) => {
    try {
      return await request(url, options);
    } catch (cause) {
      throw new UpstreamError('unreachable', cause instanceof Error ? cause.message : 'not reached', {
        cause,
      });
    }
  };
  return { [customFetch]: reach, [allowInsecureRequests]: true };
}

/** What a provider says of itself, with all that is needed. */
export type UpstreamMetadata = AuthorizationServer &
  Required<Pick<AuthorizationServer, 'authorization_endpoint' | 'token_endpoint' | 'jwks_uri'>>;

/**
 * The metadata of the provider with an issuer identifier.
 * @throws UpstreamError `unreachable`, `metadata`
 */
export type LoadMetadata = (issuer: string) => Promise<UpstreamMetadata>;

const lifetimeSeconds = 600;
const mostKept = 100;

interface Kept {
  readonly metadata: Promise<UpstreamMetadata>;
  readonly since: EpochSeconds;
}

/** Discovers providers (OpenID Connect Discovery §4), each once in ten minutes. Its keys are kept as long. */
export function createMetadataLoader(options: RequestOptions, clock: Clock): LoadMetadata {
  const kept = new Map<string, Kept>();

  const begin = (issuer: string): Kept => {
    const begun = { metadata: discover(issuer, options), since: clock.now() };
    begun.metadata.catch(() => {
      if (kept.get(issuer) === begun) kept.delete(issuer);
    });
    return begun;
  };

  return (issuer) => {
    const known = kept.get(issuer);
    const age = known === undefined ? Number.NaN : clock.now() - known.since;
    if (known !== undefined && age >= 0 && age < lifetimeSeconds) return known.metadata;
    const [oldest] = kept.keys();
    if (known === undefined && kept.size >= mostKept && oldest !== undefined) kept.delete(oldest);
    const begun = begin(issuer);
    kept.set(issuer, begun);
    return begun.metadata;
  };
}

async function discover(issuer: string, options: RequestOptions): Promise<UpstreamMetadata> {
  const url = new URL(issuer);
  const metadata = await blaming('metadata', async () =>
    processDiscoveryResponse(url, await discoveryRequest(url, options)),
  );
  // The library compares what URLs parse to.
  if (metadata.issuer !== issuer) throw new UpstreamError('metadata', 'it says that it is another issuer');
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const) {
    if (!isEndpoint(metadata[name])) throw new UpstreamError('metadata', `its ${name} is no https URL`);
  }
  return metadata as UpstreamMetadata;
}

/** The browser goes to one of them, which nothing else would check. */
function isEndpoint(text: unknown): boolean {
  if (typeof text !== 'string' || !URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname));
}

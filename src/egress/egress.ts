import { Agent as SecureAgent } from 'node:https';
import type { JsonValue } from '../kernel/encoding.ts';
import { isLoopbackHost } from '../kernel/loopback-host.ts';
import { loopbackAddresses, publicAddresses } from './address-policy.ts';
import { checkLiteralAddress, createCheckedLookup, type Resolve } from './checked-lookup.ts';
import { EgressError } from './errors.ts';
import { exchange, mediaTypeOf, type OutgoingRequest, readOctets } from './exchange.ts';
import { isJson, readAnyJson, readJson } from './json-answer.ts';
import { createOriginBudget } from './origin-budget.ts';
import { PlainAgent } from './plain-http.ts';
import { createPublicResolve } from './public-resolve.ts';
import { createTrust } from './trust.ts';

/** How others are reached. */
export interface EgressOptions {
  /** Lets requests reach this machine, over plain http too. */
  readonly allowLoopback: boolean;
  /** PEM; trusted beside the runtime's own roots. */
  readonly certificateAuthorities: string | null;
  /** Default: by the name servers that the machine is configured with. */
  readonly resolve?: Resolve;
  /** For a whole request, from the call to the last octet of the answer. Default: 5,000. */
  readonly timeLimitMs?: number;
}

/** What a service said to a form. */
export interface FormAnswer {
  readonly status: number;
  /** Null: it answered no JSON. */
  readonly json: JsonValue | null;
}

/** What a library asks of `fetch`: as much of the standard as is sent. */
export interface FetchOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * Requests to addresses that clients and identity providers name. https alone, or http to this machine where the operator allows that;
 * hosts of the public internet alone, at the address that was judged; no redirects, no proxies, no credentials in URLs; limits on time,
 * size and content type, and a budget for each origin. A request is sent once.
 */
export interface Egress {
  /**
   * The JSON of a 200.
   * @param options.bearer sent as a bearer token (RFC 6750 §2.1)
   * @throws EgressError
   */
  readonly getJson: (url: string, options?: { readonly bearer?: string }) => Promise<JsonValue>;
  /**
   * Posts a form (RFC 6749 Appendix B). Of an answer that is no JSON the status alone counts.
   * @throws EgressError
   */
  readonly postForm: (
    url: string,
    fields: Readonly<Record<string, string>>,
    options?: { readonly authorization?: string },
  ) => Promise<FormAnswer>;
  /**
   * The same in the form of the Fetch standard, for libraries that bring their own protocol. The body is a JSON or JWT answer's, and
   * that of any other is left out; a 200 that is neither is a fault.
   * @throws EgressError
   */
  readonly fetch: (url: string, options: FetchOptions) => Promise<Response>;
}

/** How much is under way at once. */
const budget = { running: 8, waiting: 64, origins: 256 } as const;

type Sending = Pick<OutgoingRequest, 'method' | 'headers' | 'body'>;
type Read<Answer> = Parameters<typeof exchange<Answer>>[1];

/** Makes the one way to what others name. */
export function createEgress(options: EgressOptions): Egress {
  const { timeLimitMs = 5000 } = options;
  let made: ReturnType<typeof createRoutes> | undefined;
  // With the first request: parsing all roots takes time and memory that most servers never need.
  const routes = () => {
    made ??= createRoutes(options);
    return made;
  };
  const withinBudget = createOriginBudget(budget);

  const send = <Answer>(
    text: string,
    sending: Sending,
    read: (url: URL) => Read<Answer>,
  ): Promise<Answer> => {
    const signal = AbortSignal.timeout(timeLimitMs);
    const url = checkUrl(text, options);
    const route = routes()[url.protocol === 'https:' ? 'secure' : 'plain'];
    checkLiteralAddress(route.policy, url);
    return withinBudget(url.origin, () =>
      exchange({ ...sending, url, agent: route.agent, signal }, read(url)),
    );
  };

  return {
    getJson: async (url, { bearer } = {}) => {
      const headers = { accept: 'application/json', ...(bearer && { authorization: `Bearer ${bearer}` }) };
      return send(
        url,
        { method: 'GET', headers, body: null },
        (target) => (response) => readJson(response, target),
      );
    },
    postForm: async (url, fields, { authorization } = {}) => {
      const headers = {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        ...(authorization && { authorization }),
      };
      const body = Buffer.from(new URLSearchParams(fields).toString());
      return send(url, { method: 'POST', headers, body }, readFormAnswer);
    },
    fetch: async (url, { method = 'GET', headers = {}, body }) =>
      send(url, { method: method === 'POST' ? 'POST' : 'GET', headers, body: octetsOf(body) }, readResponse),
  };
}

/** No connection is kept: what is sent once must not be sent again, and a name is judged at each request. */
function createRoutes(options: EgressOptions) {
  const resolve = options.resolve ?? createPublicResolve();
  const [secure, plain] = [publicAddresses(options), loopbackAddresses()];
  return {
    secure: {
      policy: secure,
      agent: new SecureAgent({
        lookup: createCheckedLookup(secure, resolve),
        ...createTrust(options.certificateAuthorities),
      }),
    },
    plain: { policy: plain, agent: new PlainAgent({ lookup: createCheckedLookup(plain, resolve) }) },
  };
}

/** @throws EgressError `url` */
function checkUrl(text: string, { allowLoopback }: EgressOptions): URL {
  if (!URL.canParse(text)) throw new EgressError('url', 'what was named is no URL');
  const url = new URL(text);
  const isPlain = url.protocol === 'http:' && allowLoopback && isLoopbackHost(url.hostname);
  if (url.protocol !== 'https:' && !isPlain)
    throw new EgressError('url', `${url.host}: the URL is not https`);
  if (url.username !== '' || url.password !== '') {
    throw new EgressError('url', `${url.host}: the URL holds credentials`);
  }
  return url;
}

function octetsOf(body: unknown): Uint8Array | null {
  return body === undefined || body === null ? null : Buffer.from(String(body));
}

const readFormAnswer =
  (url: URL): Read<FormAnswer> =>
  async (response) => ({ status: response.statusCode ?? 0, json: await readAnyJson(response, url) });

const readResponse =
  (url: URL): Read<Response> =>
  async (response) => {
    const { statusCode: status = 0, headers } = response;
    const type = headers['content-type'] ?? '';
    if (isJson(response) || mediaTypeOf(response) === 'application/jwt') {
      const octets = new Uint8Array(await readOctets(response, url));
      return new Response(octets.length === 0 ? null : octets, { status, headers: { 'content-type': type } });
    }
    response.destroy();
    if (status === 200) throw new EgressError('not-json', `${url.host} answered something else than JSON`);
    return new Response(null, { status });
  };

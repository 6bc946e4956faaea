import { decodeJwt, decodeProtectedHeader } from 'jose';
import { opaqueTokenHash } from '../../src/protocol/tokens/opaque-token.ts';
import { readConsentPage } from '../fixtures/consent-page.ts';
import type { HtmlPage } from '../fixtures/html-page.ts';
import type { Place } from '../fixtures/person.ts';
import { basic } from '../fixtures/protocol-server.ts';
import type { JsonAnswer } from '../fixtures/relying-party.ts';
import type { Sighting } from './cells.ts';
import { billing, otherProvider } from './clients.ts';
import { send } from './requests.ts';
import type { MatrixWorld, OnTheWay } from './world.ts';

/** What a person's browser has got to. */
export async function placeSeen(world: MatrixWorld, place: Place): Promise<Sighting> {
  const { client, page, url, status } = place;
  if (client !== null) return responseSeen(world, client.parameters);
  const seen = status === 200 && page !== null ? pagesSeen[url.pathname]?.(page) : undefined;
  return seen ?? { outcome: outcomeOfPage(status, page?.title) };
}

const pagesSeen: Readonly<Record<string, (page: HtmlPage) => Sighting>> = {
  '/login': ({ text }) => ({
    outcome: 'asks to sign in',
    at: text.includes(otherProvider.name) ? otherProvider.name : 'this server',
  }),
  '/consent': (page) => {
    const { name, badge, description, website, logo, allows } = readConsentPage(page);
    const told = Object.entries({ description, website, logo }).filter(([, value]) => value !== '');
    const client = `${name}, ${badge.toLowerCase()}`;
    return { outcome: 'asks to allow', client, ...Object.fromEntries(told), asks: allows.join(', ') };
  },
};

/** The outcome that a page is. */
export function outcomeOfPage(status: number, title = ''): string {
  return `${status} ${title.split(' · ', 1)}`;
}

async function responseSeen(world: MatrixWorld, parameters: URLSearchParams): Promise<Sighting> {
  const error = parameters.get('error');
  if (error !== null) return { outcome: `error ${error}` };
  const code = parameters.get('code');
  return {
    outcome: 'response',
    ...(code !== null && { code: `for ${await lifeOf(world, 'authorization_codes', code)} s` }),
    ...(await accessTokenSeen(world, parameters.get('access_token'), parameters.get('expires_in'))),
    ...idTokenSeen(world, parameters.get('id_token')),
  };
}

/** How long what was given can be used, in seconds. */
async function lifeOf(
  { server, clock }: MatrixWorld,
  table: 'authorization_codes' | 'refresh_tokens',
  given: string,
): Promise<number> {
  const where = `where hash = '${opaqueTokenHash(given)}'`;
  const [row] = await server.database.run(`select expires_at from ${table} ${where}`);
  return Number(row?.['expires_at']) - clock.now();
}

/** What the token endpoint has given. */
export async function tokensSeen(way: OnTheWay, { status, body }: JsonAnswer): Promise<Sighting> {
  if (status !== 200) return { outcome: `${status} ${body['error']}` };
  const { world } = way;
  return {
    outcome: 'ok',
    ...(await accessTokenSeen(world, body['access_token'], body['expires_in'])),
    ...idTokenSeen(world, body['id_token']),
    ...(await refreshTokenSeen(way, body['refresh_token'])),
  };
}

async function refreshTokenSeen({ world, refreshToken }: OnTheWay, token: unknown): Promise<Sighting> {
  if (typeof token !== 'string') return {};
  if (token === refreshToken) return { refreshToken: 'kept' };
  return { refreshToken: `another, for ${await lifeOf(world, 'refresh_tokens', token)} s` };
}

async function accessTokenSeen(world: MatrixWorld, token: unknown, life: unknown): Promise<Sighting> {
  if (typeof token !== 'string') return {};
  const isJwt = token.includes('.');
  const claims = isJwt ? decodeJwt(token) : await askApi(world, token);
  const { active: _, token_type: __, ...facts } = claims as Readonly<Record<string, unknown>>;
  const own = { subject: subjectOf(facts), bound: boundTo(facts) };
  return { accessToken: `${isJwt ? 'JWT' : 'opaque'} for ${life} s`, ...rightsOf(world, facts), ...own };
}

function rightsOf({ server }: MatrixWorld, { aud, scope }: Readonly<Record<string, unknown>>): Sighting {
  const names: Readonly<Record<string, string>> = {
    [server.issuer]: 'this server',
    [billing.audience]: 'Billing',
  };
  return {
    audience: [aud]
      .flat()
      .map((entry) => names[String(entry)])
      .join(', '),
    ...scopeSeen(scope),
  };
}

function scopeSeen(scope: unknown): Sighting {
  return scope === undefined ? {} : { scope: String(scope) };
}

function subjectOf({ sub, client_id }: Readonly<Record<string, unknown>>): string {
  return sub === client_id ? 'the client' : 'an account';
}

/** What the record of the client adds to its tokens. */
function boundTo(claims: Readonly<Record<string, unknown>>): string {
  return ['application_id', 'application_bindings', 'managed_buckets']
    .filter((name) => name in claims)
    .join(', ');
}

function idTokenSeen({ serverKids }: MatrixWorld, token: unknown): Sighting {
  if (typeof token !== 'string') return {};
  const { alg, kid } = decodeProtectedHeader(token);
  const { exp = 0, iat = 0 } = decodeJwt(token);
  const ownerOfKey = serverKids.has(kid ?? '') ? 'the server’s key' : 'the client’s key';
  const owner = kid === undefined ? 'the secret' : ownerOfKey;
  return { idToken: `${alg} by ${owner}, for ${exp - iat} s` };
}

/** What an introspection tells. */
export function factsOf(body: Readonly<Record<string, unknown>>): Sighting {
  if (body['active'] !== true) return { outcome: 'inactive' };
  return { outcome: 'active', ...scopeSeen(body['scope']), bound: boundTo(body) };
}

/** Asks about an access token, as the API that it is for. */
export async function askApi(world: MatrixWorld, token: string): Promise<JsonAnswer['body']> {
  const { client, secret } = world.api;
  const { body } = await send(world, '/oauth/introspect', { token }, basic(client.id, secret ?? ''));
  return body;
}

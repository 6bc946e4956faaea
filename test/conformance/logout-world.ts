import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createRemoteJWKSet, decodeJwt, type JWTPayload, jwtVerify } from 'jose';
import type { ClientPatch } from '../../src/clients/patch.ts';
import type { Person, Place } from '../fixtures/person.ts';
import { type RelyingParty, signedOut, type Tokens } from '../fixtures/relying-party.ts';
import {
  alice,
  openSignInWorld,
  type Resident,
  type SignInWorld,
  type SignInWorldOptions,
  signInAndAllow,
} from '../fixtures/sign-in-world.ts';
import type { RelyingParty as BackchannelParty } from '../logout/relying-party.ts';

/** A server whose clients may be on this machine, with what it says of itself. */
export interface LogoutWorld extends SignInWorld {
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Opens one. */
export async function openLogoutWorld(
  context: TestContext,
  options: SignInWorldOptions = {},
): Promise<LogoutWorld> {
  const env = { CLIENTELE_EGRESS_ALLOW_LOOPBACK: 'true', ...options.env };
  const world = await openSignInWorld(context, { ...options, env });
  const answer = await fetch(`${world.server.issuer}/.well-known/openid-configuration`);
  return { ...world, metadata: (await answer.json()) as LogoutWorld['metadata'] };
}

/** Somebody who is signed in at a client, in a browser. */
export interface SignedIn {
  readonly person: Person;
  readonly relyingParty: RelyingParty;
  readonly tokens: Tokens;
  readonly idToken: string;
  /** Of the ID token. */
  readonly claims: JWTPayload;
}

/** What is different about a sign-in. */
interface SignInChanges {
  /** Default: a browser of its own. */
  readonly person?: Person;
  /** Default: alice. */
  readonly resident?: Pick<Resident, 'username' | 'password'>;
  readonly scope?: string;
}

/** Signs somebody in at a client that is new. */
export async function signInAtNewClient(
  world: SignInWorld,
  patch: ClientPatch = {},
  changes: SignInChanges = {},
): Promise<SignedIn> {
  const relyingParty = await world.register({ refreshTokenIssuance: 'always', ...patch });
  return signInAt(world, relyingParty, changes);
}

/** Signs somebody in at a client. */
export async function signInAt(
  world: SignInWorld,
  relyingParty: RelyingParty,
  { person = world.newPerson(), resident = alice, scope = 'openid profile' }: SignInChanges = {},
): Promise<SignedIn> {
  const request = relyingParty.authorize({ scope });
  const { client } = await signInAndAllow(person, request, resident);
  const tokens = await relyingParty.complete(client, request);
  const idToken = tokens.idToken ?? assert.fail('there is no ID token');
  return { person, relyingParty, tokens, idToken, claims: decodeJwt(idToken) };
}

/** What a request with `prompt=none` is answered: `signed in`, or the error. */
export async function silently({ person, relyingParty }: SignedIn): Promise<string> {
  const { client } = await person.openTab().open(relyingParty.authorize({ prompt: 'none' }).url);
  assert.ok(client, 'prompt=none leads back to the client');
  return client.parameters.get('error') ?? 'signed in';
}

/** Sees to it that the browser is at a page of the server that leads to no client. */
export function assertStays(place: Place): void {
  assert.deepEqual([place.client, place.location, place.page?.refresh ?? null], [null, null, null]);
  assert.ok(place.page, `there is no page, but ${place.status}`);
  assert.ok(!place.page.html.includes(signedOut), 'the page leads to the client');
}

/**
 * The claims of a logout token that came, the last one unless `at` says which, judged as a client does that knows the server by its metadata alone (OpenID Connect
 * Back-Channel Logout §2.4, §2.6).
 */
export async function readLogoutToken(
  { clock, metadata }: LogoutWorld,
  party: BackchannelParty,
  { client, secret }: Pick<RelyingParty, 'client' | 'secret'>,
  at = -1,
): Promise<JWTPayload> {
  const { form, method, contentType } = party.received.at(at) ?? assert.fail('nothing came');
  assert.deepEqual([method, contentType], ['POST', 'application/x-www-form-urlencoded']);
  const token = form.get('logout_token') ?? assert.fail('there is no logout token');
  const published = createRemoteJWKSet(new URL(String(metadata['jwks_uri'])));
  const algorithm = client.idTokenSignatureAlg;
  const ownSecret = Buffer.from(secret ?? '');
  const { payload } = await jwtVerify(token, algorithm.startsWith('HS') ? async () => ownSecret : published, {
    algorithms: [algorithm],
    issuer: String(metadata['issuer']),
    audience: client.id,
    typ: 'logout+jwt',
    currentDate: new Date(clock.now() * 1000),
    maxTokenAge: 60,
    requiredClaims: ['iss', 'aud', 'iat', 'exp', 'jti', 'events', 'sub'],
  });
  assert.equal(typeof payload.jti, 'string');
  assert.deepEqual(payload['events'], { 'http://schemas.openid.net/event/backchannel-logout': {} });
  assert.equal(payload['nonce'], undefined);
  return payload;
}

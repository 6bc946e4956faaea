import assert from 'node:assert/strict';
import type { JWTPayload } from 'jose';
import { toBase64url } from '../../src/kernel/encoding.ts';
import { randomOctets } from '../../src/kernel/random.ts';
import type { Person, Place } from '../fixtures/person.ts';
import type { JsonAnswer } from '../fixtures/relying-party.ts';
import { type Resident, signInAndAllow } from '../fixtures/sign-in-world.ts';
import { checkIdToken } from './id-token-checks.ts';
import { carol, type Fields, formOf, type PlanClient, type PlanWorld, textIn } from './plan-world.ts';

/** A request to the authorization endpoint, as it was sent. */
export interface SentRequest {
  readonly url: URL;
  readonly client: PlanClient;
  readonly fields: Fields;
  /** Null: it has none. */
  readonly state: string | null;
  readonly nonce: string | null;
}

/** Tokens that were checked, with what the ID token says. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly idToken: string;
  readonly claims: JWTPayload;
}

/** The request that every module begins with, plus `changes`: for a code, with state and nonce, without PKCE. */
export function requestFrom(
  world: PlanWorld,
  changes: Fields = {},
  client: PlanClient = world.client,
): SentRequest {
  const fields = {
    client_id: client.id,
    redirect_uri: client.redirectUri,
    scope: 'openid',
    state: random(),
    nonce: random(),
    response_type: 'code',
    ...(world.responseMode === 'form_post' && { response_mode: 'form_post' }),
    ...changes,
  };
  return sendable(world, client, fields);
}

/** A request of exactly these fields, in their order. */
export function sendable({ metadata }: PlanWorld, client: PlanClient, fields: Fields): SentRequest {
  const url = new URL(textIn(metadata, 'authorization_endpoint'));
  url.search = formOf(fields).toString();
  const { state = null, nonce = null } = fields;
  return { url, client, fields, state, nonce };
}

/** Something that nobody guesses. */
export function random(octets = 16): string {
  return toBase64url(randomOctets(octets));
}

/** A whole sign-in up to the tokens, each step checked as every module of the suite does. */
export async function runFlow(
  world: PlanWorld,
  person: Person,
  changes: Fields = {},
  client: PlanClient = world.client,
): Promise<Tokens> {
  const request = requestFrom(world, changes, client);
  return finish(world, request, await signIn(person, request));
}

/** Takes a person to the response, through whatever they are asked. */
export function signIn(person: Person, request: SentRequest, resident: Resident = carol): Promise<Place> {
  return signInAndAllow(person, request, resident);
}

/** From the response to the tokens, and to userinfo with one of them. */
export async function finish(
  world: PlanWorld,
  request: SentRequest,
  place: Place,
  more: Fields = {},
): Promise<Tokens> {
  const answer = await exchange(request, codeOf(world, request, place), more);
  const tokens = await checkTokens(world, request.client, answer, request.nonce);
  assert.equal((await askUserinfo(world, tokens.accessToken)).status, 200);
  return tokens;
}

/** Exchanges a code, whatever the answer. */
export function exchange(
  { client }: Pick<SentRequest, 'client'>,
  code: string,
  more: Fields = {},
): Promise<JsonAnswer> {
  const form = { grant_type: 'authorization_code', code, redirect_uri: client.redirectUri };
  return client.token({ ...form, ...more });
}

/** Refreshes, whatever the answer. */
export function refresh(client: PlanClient, refreshToken: string, more: Fields = {}): Promise<JsonAnswer> {
  return client.token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...more });
}

/** Asks userinfo with a token in the header. */
export async function askUserinfo(
  { metadata }: PlanWorld,
  accessToken: string,
  init: RequestInit = {},
): Promise<Response> {
  const headers = { authorization: `Bearer ${accessToken}` };
  return fetch(textIn(metadata, 'userinfo_endpoint'), { headers, ...init });
}

/** The code of a good response: nothing else is in it, and nobody guesses it. */
export function codeOf(world: PlanWorld, request: SentRequest, place: Place): string {
  const parameters = responseAt(world, request, place);
  assert.deepEqual([...parameters.keys()].sort(), ['code', 'iss', 'state'], `${parameters}`);
  const code = parameters.get('code') ?? '';
  assert.ok(entropyOf(code) > 96, code);
  return code;
}

const errorParameters = new Set(['error', 'error_description', 'error_uri', 'state', 'iss']);

/** The error of a bad response; what it says of it is as it may be (RFC 6749 §4.1.2.1). */
export function errorOf(world: PlanWorld, request: SentRequest, place: Place): string {
  const parameters = responseAt(world, request, place);
  const unexpected = [...parameters.keys()].filter((name) => !errorParameters.has(name));
  assert.deepEqual(unexpected, []);
  checkDescription(parameters.get('error_description'));
  return parameters.get('error') ?? assert.fail(`${parameters}`);
}

/** Sees to it that the token endpoint refuses, as it may (RFC 6749 §5.2). @returns the error */
export function refusalOf({ status, headers, body }: JsonAnswer): unknown {
  assert.equal(status, 400);
  assert.match(headers.get('content-type') ?? '', /^application\/json(;|$)/);
  checkNotStored(headers);
  assert.deepEqual(Object.keys(body).sort(), ['error', 'error_description']);
  checkDescription(body['error_description']);
  return body['error'];
}

function checkDescription(description: unknown): void {
  assert.match(String(description), /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
}

/** Sees to it that tokens come as they must (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3). @param nonce null: the ID token has none */
export async function checkTokens(
  world: PlanWorld,
  client: PlanClient,
  { status, headers, body }: JsonAnswer,
  nonce: string | null,
): Promise<Tokens> {
  assert.equal(status, 200, JSON.stringify(body));
  assert.match(headers.get('content-type') ?? '', /^application\/json(;|$)/);
  checkNotStored(headers);
  assert.equal(String(body['token_type']).toLowerCase(), 'bearer');
  const expiresIn = body['expires_in'];
  assert.ok(Number.isInteger(expiresIn) && Number(expiresIn) > 0 && Number(expiresIn) < 31_536_000);
  const accessToken = tokenIn(body, 'access_token') ?? assert.fail('there is no access token');
  const idToken = tokenIn(body, 'id_token') ?? assert.fail('there is no ID token');
  const refreshToken = tokenIn(body, 'refresh_token');
  return {
    accessToken,
    idToken,
    refreshToken,
    claims: await checkIdToken(world, { clientId: client.id, idToken, accessToken, nonce }),
  };
}

/** A token of visible characters that nobody guesses (RFC 6749 appendix A.12, A.17); null: there is none. */
function tokenIn(body: JsonAnswer['body'], name: string): string | null {
  const token = body[name];
  if (token === undefined) return null;
  assert.match(String(token), /^[\x21-\x7e]+$/);
  assert.ok(entropyOf(String(token)) > 96);
  return String(token);
}

function checkNotStored(headers: Headers): void {
  const directives = headers
    .get('cache-control')
    ?.split(',')
    .map((directive) => directive.trim());
  assert.ok(directives?.includes('no-store'), String(directives));
}

/** What came to the redirect URI, in the way that the plan asks for, to this request and from this server (RFC 9207 §2.4). */
function responseAt(
  { issuer, responseMode }: PlanWorld,
  { client, state }: SentRequest,
  place: Place,
): URLSearchParams {
  const { client: answer } = place;
  assert.ok(answer, `the person is at ${place.url}: ${place.page?.title}`);
  checkDelivery[responseMode](place);
  assert.equal(answer.mode, responseMode === 'form_post' ? 'form_post' : 'query');
  assert.equal(answer.redirectUri, client.redirectUri);
  const { parameters } = answer;
  assert.equal(new Set(parameters.keys()).size, parameters.size, `${parameters}`);
  assert.equal(parameters.get('state'), state);
  assert.equal(parameters.get('iss'), issuer);
  return parameters;
}

const checkDelivery: Readonly<Record<PlanWorld['responseMode'], (place: Place) => void>> = {
  default: ({ status, headers }) => {
    assert.equal(status, 303);
    assert.equal(headers['cache-control'], 'no-store');
  },
  // OAuth 2.0 Form Post Response Mode §2: HTML that posts itself, and is never kept.
  form_post: ({ status, headers, page }) => {
    assert.equal(status, 200);
    assert.match(headers['content-type'] ?? '', /^text\/html(;|$)/);
    assert.equal(headers['cache-control'], 'no-store');
    const { html = '', forms = [] } = page ?? {};
    assert.ok(/<script nonce="[^"]+">[^<]*\.submit\./.test(html), 'nothing submits the form');
    assert.ok(!/enctype|formmethod/.test(html));
    assert.equal(forms.length, 1);
    assert.ok(forms[0]?.fields.every(({ type }) => type === 'hidden'));
  },
};

/** Shannon's entropy of a text in bits, which is how the suite tells what is too short to be random. */
function entropyOf(text: string): number {
  const counts = Map.groupBy(text, (character) => character).values();
  const shares = [...counts].map(({ length }) => length / text.length);
  return text.length * shares.reduce((sum, share) => sum - share * Math.log2(share), 0);
}

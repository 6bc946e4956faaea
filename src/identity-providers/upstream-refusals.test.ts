import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { base64url, exportSPKI, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import { type Misbehaviour, signAsShould } from '../../test/fixtures/openid-provider.ts';
import { sendJson } from '../../test/fixtures/outside-server.ts';
import { isFault, question, startUpstream } from '../../test/fixtures/upstream.ts';
import { systemClock } from '../kernel/clock.ts';
import type { UpstreamFault } from './upstream-error.ts';

const right = signAsShould;
type Case = readonly [what: string, fault: UpstreamFault, misbehaviour: Misbehaviour];
const cases: readonly Case[] = [
  ['another nonce', 'id-token', { claims: (claims) => ({ ...claims, nonce: 'another' }) }],
  ['no nonce', 'id-token', { claims: ({ nonce: _, ...claims }) => claims }],
  ['another issuer', 'id-token', { claims: (claims) => ({ ...claims, iss: 'https://evil.example' }) }],
  [
    'an issuer with a slash too many',
    'id-token',
    { claims: (claims) => ({ ...claims, iss: `${claims.iss}/` }) },
  ],
  ['another audience', 'id-token', { claims: (claims) => ({ ...claims, aud: 'another' }) }],
  [
    'further audiences and no azp',
    'id-token',
    { claims: (claims) => ({ ...claims, aud: [String(claims.aud), 'another'] }) },
  ],
  ['an azp of another client', 'id-token', { claims: (claims) => ({ ...claims, azp: 'another' }) }],
  ['an exp that is past', 'id-token', { claims: (claims) => ({ ...claims, exp: systemClock.now() - 60 }) }],
  ['no exp', 'id-token', { claims: ({ exp: _, ...claims }) => claims }],
  ['no iat', 'id-token', { claims: ({ iat: _, ...claims }) => claims }],
  ['an iat in the future', 'id-token', { claims: (claims) => ({ ...claims, iat: systemClock.now() + 600 }) }],
  ['no sub', 'id-token', { claims: ({ sub: _, ...claims }) => claims }],
  ['a sub that is empty', 'id-token', { claims: (claims) => ({ ...claims, sub: '' }) }],
  ['a sub with a control character', 'id-token', { claims: (claims) => ({ ...claims, sub: 'a\u0000' }) }],
  ['a sub of 256 characters', 'id-token', { claims: (claims) => ({ ...claims, sub: 'x'.repeat(256) }) }],
  [
    'the at_hash of another token',
    'id-token',
    { claims: (claims) => ({ ...claims, at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }) },
  ],
  ['no signature', 'id-token', { sign: (claims) => new UnsecuredJWT(claims).encode() }],
  ['a MAC with the public key', 'id-token', { sign: macWithPublicKey }],
  [
    'a MAC with the client’s secret',
    'id-token',
    {
      sign: (claims) =>
        new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from('secret'.repeat(8))),
    },
  ],
  ['the key in its own header', 'id-token', { sign: signWithOwnKey }],
  [
    'a signature of another token',
    'id-token',
    { sign: async (claims, key) => swapPayload(await right(claims, key)) },
  ],
  [
    'a crit header',
    'id-token',
    {
      sign: (claims, { privateKey, publicJwk }) =>
        new SignJWT(claims)
          .setProtectedHeader({ alg: 'ES256', kid: publicJwk.kid ?? '', crit: ['b64'], b64: true })
          .sign(privateKey),
    },
  ],
  [
    'an algorithm that its metadata does not name',
    'id-token',
    { metadata: (metadata) => ({ ...metadata, id_token_signing_alg_values_supported: ['RS256'] }) },
  ],
  [
    'a key that it does not publish',
    'id-token',
    {
      sign: async (claims, { privateKey }) =>
        new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'unknown' }).sign(privateKey),
    },
  ],
  ['no ID token', 'id-token', { tokens: ({ id_token: _, ...tokens }) => tokens }],
  ['an ID token that is none', 'id-token', { tokens: (tokens) => ({ ...tokens, id_token: 'a.b.c' }) }],
  ['no access token', 'id-token', { tokens: ({ access_token: _, ...tokens }) => tokens }],
  ['a token type that nobody knows', 'id-token', { tokens: (tokens) => ({ ...tokens, token_type: 'mac' }) }],
  ['no state', 'answer', { answer: (parameters) => parameters.delete('state') }],
  ['another state', 'answer', { answer: (parameters) => parameters.set('state', 'another') }],
  [
    'the state twice',
    'answer',
    { answer: (parameters) => parameters.append('state', parameters.get('state') ?? '') },
  ],
  ['another iss', 'answer', { answer: (parameters) => parameters.set('iss', 'https://evil.example') }],
  ['no iss though it has announced one', 'answer', { answer: (parameters) => parameters.delete('iss') }],
  ['no code', 'answer', { answer: (parameters) => parameters.delete('code') }],
  ['the code twice', 'answer', { answer: (parameters) => parameters.append('code', 'another') }],
  ['an ID token in the address', 'answer', { answer: (parameters) => parameters.set('id_token', 'a.b.c') }],
  [
    'an error that means nothing here',
    'answer',
    { answer: (parameters) => parameters.set('error', 'server_error') },
  ],
  ['a no', 'denied', { answer: (parameters) => parameters.set('error', 'access_denied') }],
  [
    'that the person must sign in',
    'login-required',
    { answer: (parameters) => parameters.set('error', 'login_required') },
  ],
  [
    'that the person must do something',
    'login-required',
    { answer: (parameters) => parameters.set('error', 'interaction_required') },
  ],
  ['a code that it does not take', 'token', { answer: (parameters) => parameters.set('code', 'another') }],
  [
    'a page instead of tokens',
    'unreachable',
    { respond: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end() },
  ],
  [
    'a redirect instead of tokens',
    'token',
    { respond: (response) => response.writeHead(302, { location: '/' }).end() },
  ],
  ['a fault instead of tokens', 'token', { respond: (response) => sendJson(response, 500, {}) }],
  ['a list instead of tokens', 'id-token', { respond: (response) => sendJson(response, 200, []) }],
  ['userinfo of somebody else', 'userinfo', { userinfo: (claims) => ({ ...claims, sub: 'subject-2' }) }],
  ['userinfo of nobody', 'userinfo', { userinfo: ({ sub: _, ...claims }) => claims }],
  [
    'metadata of another issuer',
    'metadata',
    { metadata: (metadata) => ({ ...metadata, issuer: 'https://evil.example' }) },
  ],
  [
    'metadata of an issuer that is spelled otherwise',
    'metadata',
    { metadata: (metadata) => ({ ...metadata, issuer: `${metadata['issuer']}/` }) },
  ],
  ['metadata without an issuer', 'metadata', { metadata: ({ issuer: _, ...metadata }) => metadata }],
  ['no token endpoint', 'metadata', { metadata: ({ token_endpoint: _, ...metadata }) => metadata }],
  ['no keys', 'metadata', { metadata: ({ jwks_uri: _, ...metadata }) => metadata }],
  [
    'an authorization endpoint that is a script',
    'metadata',
    { metadata: (metadata) => ({ ...metadata, authorization_endpoint: 'javascript:alert(1)' }) },
  ],
  [
    'an authorization endpoint over http',
    'metadata',
    { metadata: (metadata) => ({ ...metadata, authorization_endpoint: 'http://evil.example/' }) },
  ],
  [
    'a token endpoint inside the network',
    'unreachable',
    { metadata: (metadata) => ({ ...metadata, token_endpoint: 'https://10.0.0.1/token' }) },
  ],
  [
    'a token endpoint at the metadata service',
    'unreachable',
    { metadata: (metadata) => ({ ...metadata, token_endpoint: 'https://169.254.169.254/token' }) },
  ],
  [
    'keys inside the network',
    'unreachable',
    { metadata: (metadata) => ({ ...metadata, jwks_uri: 'https://192.168.0.1/jwks' }) },
  ],
  [
    'userinfo inside the network',
    'unreachable',
    { metadata: (metadata) => ({ ...metadata, userinfo_endpoint: 'https://[fd00::1]/userinfo' }) },
  ],
];

async function macWithPublicKey(
  claims: Parameters<typeof right>[0],
  { publicJwk }: Parameters<typeof right>[1],
) {
  const spki = await exportSPKI(
    (await importJWK({ ...publicJwk, ext: true }, 'ES256', { extractable: true })) as CryptoKey,
  );
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', kid: publicJwk.kid ?? '' })
    .sign(Buffer.from(spki));
}

async function signWithOwnKey(
  claims: Parameters<typeof right>[0],
  { publicJwk }: Parameters<typeof right>[1],
) {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(
    { name: 'ECDSA', namedCurve: 'P-256' },
    true,
    ['sign', 'verify'],
  );
  const jwk = createPublicKey({ key: await crypto.subtle.exportKey('jwk', publicKey), format: 'jwk' }).export(
    { format: 'jwk' },
  );
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: publicJwk.kid ?? '', jwk })
    .sign(privateKey);
}

function swapPayload(token: string): string {
  const [header, payload = '', signature] = token.split('.');
  const claims = JSON.parse(new TextDecoder().decode(base64url.decode(payload)));
  return [header, base64url.encode(JSON.stringify({ ...claims, sub: 'subject-2' })), signature].join('.');
}

for (const [what, fault, misbehaviour] of cases) {
  test(`a provider that answers with ${what} signs nobody in: ${fault}`, async (context) => {
    const { upstream, provider, visit, behave, clientSecret, issued } = await startUpstream(context);
    behave(misbehaviour);
    const told: unknown[] = [];
    const signIn = async () => {
      const { url, pending } = await upstream.begin(provider, question);
      told.push(pending.codeVerifier, pending.nonce);
      return upstream.finish(provider, pending, await visit(url));
    };
    const error = await signIn().then(
      () => 'nobody was refused',
      (reason: unknown) => reason,
    );
    assert.ok(isFault(fault)(error), inspect(error));
    for (const secret of [clientSecret, ...told, ...issued()]) {
      assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(String(secret)));
    }
  });
}

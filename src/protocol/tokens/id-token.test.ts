import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compactVerify, decodeJwt, decodeProtectedHeader } from 'jose';
import { startProtocolServer } from '../../../test/fixtures/protocol-server.ts';
import { aClient } from '../../../test/fixtures/storage-entries.ts';
import type { Client, SignatureAlg } from '../../clients/client.ts';
import { createManualClock } from '../../kernel/clock.ts';
import { createIdTokenIssuer, type IdTokenRequest } from './id-token.ts';
import { createTokenSigner, type TokenSigner } from './token-signer.ts';

const issuer = 'https://issuer.example';
const clock = createManualClock();

/** Shows what it is asked to sign. */
const showing: Pick<TokenSigner, 'sign'> = {
  sign: async ({ client }, alg, claims) => JSON.stringify({ id: client.id, alg, claims }),
};

async function claimsOf(changes: Partial<Client>, request: Partial<IdTokenRequest> = {}) {
  const stored = { client: aClient(changes), secrets: [] };
  const shown = await createIdTokenIssuer({ issuer, signer: showing, clock }).issue({
    stored,
    claims: { sub: 'alice' },
    ...request,
  });
  const { id, alg, claims } = JSON.parse(shown);
  assert.equal(id, stored.client.id);
  assert.equal(alg, stored.client.idTokenSignatureAlg);
  return { id, claims };
}

test('an ID token is from the issuer, for the client, and lives as long as its record says', async () => {
  const iat = clock.now();
  for (const [idTokenTtl, life] of [
    [null, 86_400],
    [1, 1],
    [3600, 3600],
  ] as const) {
    const { id, claims } = await claimsOf({ idTokenTtl });
    assert.deepEqual(claims, { sub: 'alice', iss: issuer, aud: id, iat, exp: iat + life });
  }
});

test('with a DID the issuer stays who it is', async () => {
  const { claims } = await claimsOf({ did: 'did:key:z6Mk', publicClientId: 'did:key:z6Mk' });
  assert.equal(claims.iss, issuer);
});

test('what is known of the sign-in is told', async () => {
  const auth_time = clock.now();
  const told = {
    sub: 'alice',
    nonce: 'n',
    auth_time,
    acr: '1',
    amr: ['pwd', 'otp'],
    sid: 's',
    name: 'Alice',
  };
  const { claims } = await claimsOf({}, { claims: told });
  const { iss: _, aud: __, iat: ___, exp: ____, ...rest } = claims;
  assert.deepEqual(rest, told);
});

test('claims cannot say what the server itself says', async () => {
  const forged = { iss: 'https://evil.example', aud: 'other', exp: 4e9, iat: 0, at_hash: 'x', c_hash: 'y' };
  const honest = await claimsOf({ id: 'a' });
  assert.deepEqual(await claimsOf({ id: 'a' }, { claims: { sub: 'alice', ...forged } }), honest);
});

/** The values of OpenID Connect Core, appendix A.4 and A.6, whose tokens are signed by RS256. */
const accessToken = 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y';
const code = 'Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk';

/** Others than those of the specification were computed with OpenSSL. */
const hashes: Readonly<Record<string, readonly [readonly SignatureAlg[], atHash: string, cHash: string]>> = {
  'SHA-256': [['RS256', 'PS256', 'ES256', 'HS256'], '77QmUPtjPfzWtF2AnpK9RQ', 'LDktKdoQak3Pk0cnXxCltA'],
  'SHA-384': [
    ['RS384', 'PS384', 'ES384', 'HS384'],
    'jtAeDp945y1dDqU3nkIVGNZP1HjH_MFs',
    'Mq-knyaEMtWGfnBi2POEZb1kiLx10_DF',
  ],
  'SHA-512': [
    ['RS512', 'PS512', 'ES512', 'HS512', 'EdDSA'],
    'q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM',
    'E9z1C-c0Az4eTEzE0Nm3OQ3BS2BhMgxuP7x5JAQj1_4',
  ],
};

for (const [hash, [algs, atHash, cHash]] of Object.entries(hashes)) {
  test(`at_hash and c_hash are halves of ${hash} for ${algs.join(', ')}`, async () => {
    for (const idTokenSignatureAlg of algs) {
      const both = await claimsOf({ idTokenSignatureAlg }, { accessToken, code });
      assert.deepEqual([both.claims.at_hash, both.claims.c_hash], [atHash, cHash], idTokenSignatureAlg);
      const one = await claimsOf({ idTokenSignatureAlg }, { code });
      assert.deepEqual(['at_hash' in one.claims, one.claims.c_hash], [false, cHash]);
    }
  });
}

test('a refusal of the signer is the issuer’s', async () => {
  const refused = new Error('no');
  const signer = { sign: () => Promise.reject(refused) };
  const issuing = createIdTokenIssuer({ issuer, signer, clock }).issue({
    stored: { client: aClient(), secrets: [] },
    claims: { sub: 'alice' },
  });
  await assert.rejects(issuing, (error) => error === refused);
});

test('an ID token under the key of access tokens is no access token', async () => {
  await using server = await startProtocolServer();
  const { client } = await server.register({ idTokenSignatureAlg: 'ES256' });
  const clientKeys = { signerOf: () => assert.fail() };
  const signer = createTokenSigner({ ...server, clientKeys, secretsKept: true, remoteSigner: false });
  const token = await createIdTokenIssuer({ ...server, signer }).issue({
    stored: { client, secrets: [] },
    // Everything that an access token has to say.
    claims: { sub: client.id, jti: 'a', client_id: client.id, scope: 'reports' },
  });
  const key = server.keyring.keySet().verificationKey(decodeProtectedHeader(token).kid ?? '');
  assert.ok(key);
  await compactVerify(token, key.publicKey);
  assert.equal(decodeJwt(token).iss, server.issuer);
  assert.equal(await server.verifier.authenticate(token), undefined);
});

import assert from 'node:assert/strict';
import { KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import type { Client, SignatureAlg } from '../src/clients/client.ts';
import { assertionType, registerKept, toJwk, toPem } from './fixtures/client-assertion.ts';
import { type ProtocolServer, startProtocolServer } from './fixtures/protocol-server.ts';

/** What a client of openid-client does with a token, from its discovery on. */
async function useOpenidClient(
  server: ProtocolServer,
  clientId: string,
  authentication: openid.ClientAuth,
): Promise<void> {
  const insecure = { execute: [openid.allowInsecureRequests] };
  const issuer = new URL(server.issuer);
  const configuration = await openid.discovery(issuer, clientId, undefined, authentication, insecure);
  const { access_token, scope } = await openid.clientCredentialsGrant(configuration, { scope: 'reports' });
  assert.equal(scope, 'reports');
  assert.equal((await openid.tokenIntrospection(configuration, access_token)).active, true);
  await openid.tokenRevocation(configuration, access_token);
  assert.equal((await openid.tokenIntrospection(configuration, access_token)).active, false);
}

/** The same with oauth4webapi. */
async function useOauth4webapi(
  server: ProtocolServer,
  clientId: string,
  authentication: oauth.ClientAuth,
): Promise<void> {
  const options = { [oauth.allowInsecureRequests]: true };
  const issuer = new URL(server.issuer);
  const discovered = await oauth.discoveryRequest(issuer, options);
  const as = await oauth.processDiscoveryResponse(issuer, discovered);
  const client = { client_id: clientId };
  const granted = await oauth.clientCredentialsGrantRequest(as, client, authentication, {}, options);
  const { access_token: token } = await oauth.processClientCredentialsResponse(as, client, granted);
  const introspect = async () => {
    const answer = await oauth.introspectionRequest(as, client, authentication, token, options);
    return (await oauth.processIntrospectionResponse(as, client, answer)).active;
  };
  assert.equal(await introspect(), true);
  const revoked = await oauth.revocationRequest(as, client, authentication, token, options);
  await oauth.processRevocationResponse(revoked);
  assert.equal(await introspect(), false);
}

/** The algorithms of `private_key_jwt` that are tried, and what oauth4webapi calls them. */
const signatureAlgs = {
  RS256: 'RS256',
  PS256: 'PS256',
  ES256: 'ES256',
  ES384: 'ES384',
  ES512: 'ES512',
  EdDSA: 'Ed25519',
} as const satisfies Partial<Record<SignatureAlg, string>>;

test('openid-client gets a token, introspects it and revokes it', async () => {
  await using server = await startProtocolServer();
  const { client, secret } = await server.register();
  for (const authentication of [openid.ClientSecretBasic(secret), openid.ClientSecretPost(secret)]) {
    await useOpenidClient(server, client.id, authentication);
  }
});

for (const alg of Object.keys(signatureAlgs) as (keyof typeof signatureAlgs)[]) {
  test(`openid-client and oauth4webapi authenticate by private_key_jwt with ${alg}`, async () => {
    await using server = await startProtocolServer();
    const { publicKey: exported, privateKey: key } = await oauth.generateKeyPair(signatureAlgs[alg]);
    const publicKey = KeyObject.from(exported);
    const record: Partial<Client> = {
      tokenEndpointAuthMethods: ['private_key_jwt'],
      tokenEndpointJwtAuthAlg: alg,
    };
    const withPem = await server.register({ ...record, jwtPublicKey: toPem(publicKey) });
    const withSet = await server.register({ ...record, jwks: { keys: [toJwk(publicKey, { kid: 'a' })] } });
    for (const [{ client }, kid] of [
      [withPem, undefined],
      [withPem, 'any'],
      [withSet, undefined],
      [withSet, 'a'],
    ] as const) {
      const named = { key, ...(kid !== undefined && { kid }) };
      await useOpenidClient(server, client.id, openid.PrivateKeyJwt(named));
      await useOauth4webapi(server, client.id, oauth.PrivateKeyJwt(named));
    }
  });
}

test('openid-client and oauth4webapi authenticate by client_secret_jwt', async () => {
  await using server = await startProtocolServer();
  const { client, secret } = await registerKept(server, {
    tokenEndpointAuthMethods: ['client_secret_jwt'],
    tokenEndpointJwtAuthAlg: 'HS256',
  });
  await useOpenidClient(server, client.id, openid.ClientSecretJwt(secret));
  await useOauth4webapi(server, client.id, oauth.ClientSecretJwt(secret));
});

for (const alg of ['HS256', 'HS384', 'HS512'] as const) {
  test(`oauth4webapi authenticates by client_secret_jwt with ${alg}, signed by jose`, async () => {
    await using server = await startProtocolServer();
    const { client: registered, secret } = await registerKept(server, {
      tokenEndpointAuthMethods: ['client_secret_jwt'],
      tokenEndpointJwtAuthAlg: alg,
    });
    // The libraries have HS256 alone.
    await useOauth4webapi(server, registered.id, async (as, { client_id: id }, body) => {
      const jwt = new SignJWT().setProtectedHeader({ alg, typ: 'client-authentication+jwt' });
      jwt
        .setIssuer(id)
        .setSubject(id)
        .setAudience(as.token_endpoint ?? '')
        .setJti(crypto.randomUUID());
      jwt.setIssuedAt().setNotBefore('0s').setExpirationTime('1m');
      body.set('client_assertion_type', assertionType);
      body.set('client_assertion', await jwt.sign(Buffer.from(secret)));
    });
  });
}

test('oauth4webapi accepts the metadata, the answers and the access token of the server', async () => {
  await using server = await startProtocolServer();
  const { client: registered, secret } = await server.register();
  const options = { [oauth.allowInsecureRequests]: true };
  const issuer = new URL(server.issuer);
  const discovered = await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oauth2' });
  const as = await oauth.processDiscoveryResponse(issuer, discovered);
  const client = { client_id: registered.id };
  const authentication = oauth.ClientSecretBasic(secret);

  const answer = await oauth.clientCredentialsGrantRequest(as, client, authentication, {}, options);
  const { access_token } = await oauth.processClientCredentialsResponse(as, client, answer);
  const request = new Request('https://api.example', {
    headers: { authorization: `Bearer ${access_token}` },
  });
  const claims = await oauth.validateJwtAccessToken(as, request, server.issuer, options);
  assert.equal(claims.client_id, registered.id);

  const refused = await oauth.clientCredentialsGrantRequest(
    as,
    client,
    authentication,
    { scope: 'admin' },
    options,
  );
  await assert.rejects(oauth.processClientCredentialsResponse(as, client, refused), {
    error: 'invalid_scope',
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { startProtocolServer } from './fixtures/protocol-server.ts';

test('openid-client gets a token, introspects it and revokes it', async () => {
  await using server = await startProtocolServer();
  const { client, secret } = await server.register();
  for (const authentication of [openid.ClientSecretBasic(secret), openid.ClientSecretPost(secret)]) {
    const configuration = await openid.discovery(
      new URL(server.issuer),
      client.id,
      undefined,
      authentication,
      {
        execute: [openid.allowInsecureRequests],
      },
    );
    const { access_token, scope } = await openid.clientCredentialsGrant(configuration, { scope: 'reports' });
    assert.equal(scope, 'reports');
    assert.equal((await openid.tokenIntrospection(configuration, access_token)).active, true);
    await openid.tokenRevocation(configuration, access_token);
    assert.equal((await openid.tokenIntrospection(configuration, access_token)).active, false);
  }
});

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

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createRemoteJWKSet, decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose';
import { systemClock } from '../../src/kernel/clock.ts';
import { type SigningAlgorithm, signingAlgorithms } from '../../src/keys/signing-algorithm.ts';
import { clientScopes, connectService } from '../connect/face.ts';
import { declaring, outcomeOf } from '../connect/world.ts';
import { startLogoutReceiver } from '../fixtures/logout-receiver.ts';
import { openLogoutWorld, type SignedIn, signInAtNewClient } from '../fixtures/logout-world.ts';
import { basic } from '../fixtures/protocol-server.ts';
import { type RelyingParty, readJson, relyingPartyOf } from '../fixtures/relying-party.ts';
import { startTestServer, type TestServer } from '../fixtures/running-server.ts';
import { signInAndAllow } from '../fixtures/sign-in-world.ts';

const grantTypes = [
  'authorization_code',
  'implicit',
  'refresh_token',
  'client_credentials',
  'introspect',
] as const;

/** A server that signs access tokens by `algorithm`, and alice, who has signed in at a client whose other tokens are signed so too. */
async function open(context: TestContext, algorithm: SigningAlgorithm) {
  const declarations = { server: { accessTokenAlgorithm: algorithm } };
  const receiver = await startLogoutReceiver(context);
  const world = await openLogoutWorld(context, { declarations });
  const atClient = await signInAtNewClient(world, {
    grantTypes,
    idTokenSignatureAlg: algorithm,
    backchannelLogoutUri: receiver.logoutUri,
  });
  return { server: world.server, receiver, atClient };
}

/** An access token by each way that there is to one. */
async function issueEach({ person, relyingParty, tokens }: SignedIn): Promise<Record<string, string>> {
  const { body: own } = await relyingParty.token({ grant_type: 'client_credentials' });
  const { body: refreshed } = await relyingParty.refresh(tokens.refreshToken ?? '');
  const request = relyingParty.authorize({ response_type: 'code id_token token' });
  const { client } = await signInAndAllow(person, request);
  return {
    'client credentials': String(own['access_token']),
    'authorization code': tokens.accessToken,
    'refresh token': String(refreshed['access_token']),
    'authorization endpoint': client?.parameters.get('access_token') ?? '',
  };
}

/** A server by the address that it is reached at, whatever its issuer. */
type Reached = Pick<TestServer, 'issuer'>;

/** As a resource server does that accepts one algorithm. */
async function verify(
  at: Reached,
  token: string,
  { issuer, algorithm }: { readonly issuer: string; readonly algorithm: SigningAlgorithm },
): Promise<JWTPayload> {
  const keys = createRemoteJWKSet(new URL(`${at.issuer}/oauth/jwks`));
  const options = { issuer, audience: issuer, typ: 'at+jwt', algorithms: [algorithm] };
  return (await jwtVerify(token, keys, options)).payload;
}

/** What the server says of a token: at introspection, at userinfo, and as a caller of the administration. */
async function worthOf(at: Reached, { client, secret }: RelyingParty, token: string) {
  const introspected = await fetch(`${at.issuer}/oauth/introspect`, {
    method: 'POST',
    headers: { authorization: basic(client.id, secret ?? '') },
    body: new URLSearchParams({ token }),
  });
  const headers = { authorization: `Bearer ${token}` };
  const userinfo = await fetch(`${at.issuer}/oauth/userinfo`, { headers });
  return {
    active: (await readJson(introspected)).body['active'],
    userinfo: userinfo.status,
    administration: await outcomeOf(connectService(at, token).listClients({})),
  };
}

const worthNothing = { active: false, userinfo: 401, administration: 'unauthenticated' };

for (const algorithm of signingAlgorithms) {
  const other = algorithm === 'ES256' ? 'RS256' : 'ES256';

  test(`by ${algorithm}: access tokens verify with the published keys, and stay in force after a start with ${other}`, async (context) => {
    const { server, atClient } = await open(context, algorithm);
    const { issuer } = server;
    const { relyingParty } = atClient;
    const administrators = await server.bootstrapToken(clientScopes);
    const issued = await issueEach(atClient);
    for (const [way, token] of Object.entries({ ...issued, administrators })) {
      assert.equal(decodeProtectedHeader(token).alg, algorithm, way);
      assert.ok((await verify(server, token, { issuer, algorithm })).sub, way);
    }

    await server.stop('the setting changes');
    const declarations = { server: { accessTokenAlgorithm: other } };
    const env = { ...declaring(context, declarations), CLIENTELE_ISSUER: issuer };
    const again = await startTestServer(context, { dataDirectory: server.dataDirectory, env });
    const at = { ...again, issuer: `http://127.0.0.1:${again.port}` };
    for (const [way, token] of Object.entries(issued)) {
      await verify(at, token, { issuer, algorithm });
      const { active, userinfo } = await worthOf(at, relyingParty, token);
      assert.deepEqual([active, userinfo], [true, way === 'client credentials' ? 403 : 200], way);
    }
    assert.equal((await worthOf(at, relyingParty, administrators)).administration, 'ok');
    const { client, secret } = relyingParty;
    const returning = relyingPartyOf({ ...at, clock: systemClock }, client, secret);
    const { body } = await returning.refresh(atClient.tokens.refreshToken ?? '');
    assert.ok((await verify(at, String(body['access_token']), { issuer, algorithm: other })).sub);
  });

  test(`by ${algorithm}: ID tokens and logout tokens under the key of access tokens are no access tokens`, async (context) => {
    const { server, atClient, receiver } = await open(context, algorithm);
    const { relyingParty, person, tokens, idToken } = atClient;
    const { kid } = decodeProtectedHeader(tokens.accessToken);
    assert.equal((await worthOf(server, relyingParty, tokens.accessToken)).active, true);
    assert.equal(decodeProtectedHeader(idToken).kid, kid);
    assert.deepEqual(await worthOf(server, relyingParty, idToken), worthNothing);

    await person.open(relyingParty.endSession({ id_token_hint: idToken }));
    await receiver.hasReceived(1);
    const logoutToken = receiver.received[0]?.form.get('logout_token') ?? '';
    assert.equal(decodeProtectedHeader(logoutToken).kid, kid);
    assert.deepEqual(await worthOf(server, relyingParty, logoutToken), worthNothing);
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@connectrpc/connect';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { AuthorisationsService } from '../../src/gen/xeonr/auth/api/v1/authorisations_service_pb.ts';
import { MeService } from '../../src/gen/xeonr/auth/api/v1/me_service_pb.ts';
import { clientScopes, connectService, connectTransport } from '../connect/face.ts';
import { outcomeOf } from '../connect/world.ts';
import { type RelyingParty, startRelyingParty } from './relying-party.ts';
import { back, openServerWorld, type Registered, redirectUri, type ServerWorld } from './server-world.ts';

const about = 'oauth:client-authorisations:read oauth:client-authorisations:revoke';

/** The claims of the last logout token, verified with what the server publishes. */
async function lastClaims({ server }: ServerWorld, party: RelyingParty, client: Registered) {
  const keys = createRemoteJWKSet(new URL(`${server.issuer}/oauth/jwks`));
  const token = party.received.at(-1)?.form.get('logout_token') ?? '';
  const options = { issuer: server.issuer, audience: client.id, typ: 'logout+jwt' };
  return (await jwtVerify(token, keys, options)).payload;
}

/** Whether the server still says who a token is about. */
async function isInForce({ server }: ServerWorld, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`${server.issuer}/oauth/userinfo`, { headers })).ok;
}

test('a person signs out at one client, and the others are told with the sid of their ID tokens', async (context) => {
  const world = await openServerWorld(context);
  const party = await startRelyingParty(context);
  const shop = await world.register({});
  const bank = await world.register({
    backchannelLogoutUri: party.logoutUri,
    backchannelLogoutSessionRequired: true,
  });
  const browser = world.openBrowser();
  const atShop = await browser.signInAt(shop, 'openid');
  const atBank = await browser.signInAt(bank, 'openid');
  assert.equal(await isInForce(world, atBank.accessToken), true);

  const request = new URLSearchParams({
    id_token_hint: atShop.idToken,
    post_logout_redirect_uri: back,
    state: 's',
  });
  const answer = await browser.person.open(`/oauth/end-session?${request}`);
  assert.deepEqual([answer.status, answer.location?.href], [303, `${back}?state=s`]);
  await party.hasReceived(1);
  const claims = await lastClaims(world, party, bank);
  const idToken = decodeJwt(atBank.idToken);
  assert.deepEqual([claims.sub, claims['sid']], [idToken.sub, idToken['sid']]);
  assert.equal(await isInForce(world, atShop.accessToken), false);
  assert.equal(await isInForce(world, atBank.accessToken), false);
  const silent = new URLSearchParams({
    response_type: 'code',
    client_id: shop.id,
    redirect_uri: redirectUri,
    scope: 'openid',
    prompt: 'none',
    code_challenge: 'x'.repeat(43),
    code_challenge_method: 'S256',
  });
  const { client } = await browser.person.open(`/oauth/authorize?${silent}`);
  assert.equal(client?.parameters.get('error'), 'login_required');
});

test('a client that is deleted through a face is told of its sessions', async (context) => {
  const world = await openServerWorld(context);
  const party = await startRelyingParty(context);
  const shop = await world.register({ backchannelLogoutUri: party.logoutUri });
  const { accessToken } = await world.openBrowser().signInAt(shop, 'openid');
  const administrator = await world.server.bootstrapToken(clientScopes);
  await connectService(world.server, administrator).deleteClient({ clientId: shop.id });
  await party.hasReceived(1);
  await lastClaims(world, party, shop);
  assert.equal(await isInForce(world, accessToken), false);
});

test('a person lists and ends what it has allowed with its own token, and every client is told', async (context) => {
  const world = await openServerWorld(context);
  const party = await startRelyingParty(context);
  const shop = await world.register({ backchannelLogoutUri: party.logoutUri });
  const bank = await world.register({ backchannelLogoutUri: party.logoutUri });
  const browser = world.openBrowser();
  const scope = `openid email ${about}`;
  const atShop = await browser.signInAt(shop, scope);
  const atBank = await browser.signInAt(bank, 'openid');
  const transport = connectTransport(world.server, atShop.accessToken);

  const me = await createClient(MeService, transport).getMe({});
  assert.deepEqual(
    [me.userId, me.username, me.email],
    [decodeJwt(atShop.idToken).sub, '', 'alice@example.com'],
  );
  const service = createClient(AuthorisationsService, transport);
  const { authorisations } = await service.listAuthorisations({});
  assert.deepEqual(
    authorisations.map(({ client }) => client?.clientId).toSorted(),
    [shop.id, bank.id].toSorted(),
  );
  const ofShop = authorisations.find(({ client }) => client?.clientId === shop.id);
  assert.deepEqual(ofShop?.scopes.toSorted(), scope.split(' ').toSorted());
  assert.deepEqual((await service.revokeAllAuthorisations({})).revokedCount, 2);
  await party.hasReceived(2);
  assert.equal(await isInForce(world, atBank.accessToken), false);
  assert.equal(await outcomeOf(service.listAuthorisations({})), 'unauthenticated');
});

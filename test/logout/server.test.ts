import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@connectrpc/connect';
import { decodeProtectedHeader } from 'jose';
import { AuthorisationsService } from '../../src/gen/xeonr/auth/api/v1/authorisations_service_pb.ts';
import { MeService } from '../../src/gen/xeonr/auth/api/v1/me_service_pb.ts';
import { createManualClock } from '../../src/kernel/clock.ts';
import { clientScopes, connectService, connectTransport } from '../connect/face.ts';
import { outcomeOf } from '../connect/world.ts';
import { startLogoutReceiver } from '../fixtures/logout-receiver.ts';
import {
  openLogoutWorld,
  readLogoutToken,
  type SignedIn,
  signInAtNewClient,
  silently,
} from '../fixtures/logout-world.ts';
import { signedOut } from '../fixtures/relying-party.ts';
import { alice } from '../fixtures/sign-in-world.ts';

const about = 'oauth:client-authorisations:read oauth:client-authorisations:revoke';

/** Whether the server still says who a token is about. */
async function isInForce({ relyingParty, tokens }: SignedIn): Promise<boolean> {
  return (await relyingParty.userinfo(tokens.accessToken)).status === 200;
}

test('a person signs out at one client, and the others are told with the sid of their ID tokens', async (context) => {
  const world = await openLogoutWorld(context);
  const { person } = world;
  const receiver = await startLogoutReceiver(context);
  const toBeTold = { backchannelLogoutUri: receiver.logoutUri, backchannelLogoutSessionRequired: true };
  const atShop = await signInAtNewClient(world, {}, { person });
  const atBank = await signInAtNewClient(world, toBeTold, { person });
  assert.equal(await isInForce(atBank), true);

  const answer = await person.open(
    atShop.relyingParty.endSession({
      id_token_hint: atShop.idToken,
      post_logout_redirect_uri: signedOut,
      state: 's',
    }),
  );
  assert.deepEqual([answer.status, answer.location?.href], [303, `${signedOut}?state=s`]);
  await receiver.hasReceived(1);
  const claims = await readLogoutToken(world, receiver, atBank.relyingParty);
  assert.deepEqual([claims.sub, claims['sid']], [atBank.claims.sub, atBank.claims['sid']]);
  assert.equal(await isInForce(atShop), false);
  assert.equal(await isInForce(atBank), false);
  assert.equal(await silently(atShop), 'login_required');
});

test('an ID token is a hint for as long as its session may live, though its key has left the JWK Set', async (context) => {
  const clock = createManualClock();
  const month = 30 * 86_400;
  const declarations = { server: { sessions: { idle: month, absolute: month } } };
  const world = await openLogoutWorld(context, { clock, declarations });
  const atShop = await signInAtNewClient(world, { idTokenSignatureAlg: 'ES256' });
  const { kid = '' } = decodeProtectedHeader(atShop.idToken);
  const { keyring } = world.server;
  assert.equal(await keyring.rotate('ES256'), 'rotated');
  clock.advance(27 * 3600);
  assert.equal(await keyring.removeRetired(), 1);
  assert.equal(keyring.keySet().verificationKey(kid), undefined);

  const asked = atShop.relyingParty.authorize({ prompt: 'none', id_token_hint: atShop.idToken });
  const { client } = await atShop.person.openTab().open(asked.url);
  assert.deepEqual([client?.parameters.get('error'), client?.parameters.has('code')], [null, true]);
  const answer = await atShop.person.open(
    atShop.relyingParty.endSession({ id_token_hint: atShop.idToken, post_logout_redirect_uri: signedOut }),
  );
  assert.deepEqual([answer.status, answer.location?.href], [303, signedOut]);
  assert.equal(await silently(atShop), 'login_required');
});

test('a session that nobody has used for its idle time is no session, and signing out still ends what came from it', async (context) => {
  const clock = createManualClock();
  const declarations = { server: { sessions: { idle: 600 } } };
  const world = await openLogoutWorld(context, { clock, declarations });
  const atShop = await signInAtNewClient(world);
  const refreshToken = atShop.tokens.refreshToken ?? assert.fail('there is no refresh token');
  clock.advance(700);
  assert.equal(await silently(atShop), 'login_required');
  assert.equal(await isInForce(atShop), true);
  const answer = await atShop.person.open(
    atShop.relyingParty.endSession({ id_token_hint: atShop.idToken, post_logout_redirect_uri: signedOut }),
  );
  assert.deepEqual([answer.status, answer.location?.href], [303, signedOut]);
  assert.equal(await isInForce(atShop), false);
  const { status, body } = await atShop.relyingParty.refresh(refreshToken);
  assert.deepEqual([status, body['error']], [400, 'invalid_grant']);
});

test('a client that is deleted through a face is told of its sessions', async (context) => {
  const world = await openLogoutWorld(context);
  const receiver = await startLogoutReceiver(context);
  const atShop = await signInAtNewClient(world, { backchannelLogoutUri: receiver.logoutUri });
  const { client } = atShop.relyingParty;
  const administrator = await world.server.bootstrapToken(clientScopes);
  await connectService(world.server, administrator).deleteClient({ clientId: client.id });
  await receiver.hasReceived(1);
  await readLogoutToken(world, receiver, atShop.relyingParty);
  assert.equal(await isInForce(atShop), false);
});

test('a person lists and ends what it has allowed with its own token, and every client is told', async (context) => {
  const world = await openLogoutWorld(context);
  const { person } = world;
  const receiver = await startLogoutReceiver(context);
  const toBeTold = { backchannelLogoutUri: receiver.logoutUri };
  const scope = `openid email ${about}`;
  const atShop = await signInAtNewClient(world, toBeTold, { person, scope });
  const atBank = await signInAtNewClient(world, toBeTold, { person, scope: 'openid' });
  const transport = connectTransport(world.server, atShop.tokens.accessToken);

  const me = await createClient(MeService, transport).getMe({});
  assert.deepEqual([me.userId, me.username, me.email], [alice.id, '', alice.email]);
  const service = createClient(AuthorisationsService, transport);
  const { authorisations } = await service.listAuthorisations({});
  const idOf = ({ relyingParty }: SignedIn) => relyingParty.client.id;
  assert.deepEqual(
    authorisations.map(({ client }) => client?.clientId).toSorted(),
    [idOf(atShop), idOf(atBank)].toSorted(),
  );
  const ofShop = authorisations.find(({ client }) => client?.clientId === idOf(atShop));
  assert.deepEqual(ofShop?.scopes.toSorted(), scope.split(' ').toSorted());
  assert.deepEqual((await service.revokeAllAuthorisations({})).revokedCount, 2);
  await receiver.hasReceived(2);
  assert.equal(await isInForce(atBank), false);
  assert.equal(await outcomeOf(service.listAuthorisations({})), 'unauthenticated');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operator } from '../../src/clients/policy.ts';
import { createManualClock } from '../../src/kernel/clock.ts';
import { startLogoutReceiver } from '../fixtures/logout-receiver.ts';
import {
  openLogoutWorld,
  readLogoutToken,
  type SignedIn,
  signInAtNewClient,
  silently,
} from '../fixtures/logout-world.ts';
import { type Parameters, signedOut } from '../fixtures/relying-party.ts';
import { freePort } from '../programs.ts';

/** Our reading of the plans Front-Channel Logout OP and Back-Channel Logout OP. */

const state = 'state-of-the-logout';

const endSession = ({ person, relyingParty, idToken }: SignedIn, parameters: Parameters = {}) =>
  person.open(
    relyingParty.endSession({
      id_token_hint: idToken,
      post_logout_redirect_uri: signedOut,
      state,
      ...parameters,
    }),
  );

test('Front-Channel Logout OP', async (context) => {
  const world = await openLogoutWorld(context);

  await context.test('oidcc-frontchannel-logout-discovery-endpoint-verification', () => {
    const { metadata } = world;
    assert.equal(metadata['frontchannel_logout_supported'], true);
    assert.equal(metadata['frontchannel_logout_session_supported'], true);
  });

  await context.test(
    'oidcc-frontchannel-rp-initiated-logout: the page loads the address of every client of the session with iss and sid, and leads back with the state',
    async () => {
      const uris = ['https://one.example/out', 'https://two.example/out?tenant=7'];
      const [first, second] = uris.map((frontchannelLogoutUri) => ({
        frontchannelLogoutUri,
        frontchannelLogoutSessionRequired: true,
      }));
      const initiator = await signInAtNewClient(world, first);
      const { person } = initiator;
      const other = await signInAtNewClient(world, second, { person });
      const plain = await signInAtNewClient(
        world,
        { frontchannelLogoutUri: 'https://three.example/out' },
        { person },
      );
      assert.notEqual(initiator.claims['sid'], other.claims['sid']);

      const { page, status } = await endSession(initiator);
      assert.equal(status, 200);
      const withSession = ({ claims }: SignedIn, uri: string) => {
        const url = new URL(uri);
        url.searchParams.set('iss', world.server.issuer);
        url.searchParams.set('sid', String(claims['sid']));
        return url.href;
      };
      assert.deepEqual(
        page?.frames.toSorted(),
        [
          withSession(initiator, uris[0] ?? ''),
          withSession(other, uris[1] ?? ''),
          'https://three.example/out',
        ].toSorted(),
      );
      const back = `${signedOut}?state=${state}`;
      assert.deepEqual(
        [page?.refresh?.url.href, page?.links.find(({ href }) => href.href === back)?.href.href],
        [back, back],
      );
      for (const signedIn of [initiator, other, plain]) {
        assert.equal(await silently(signedIn), 'login_required');
      }
    },
  );

  await context.test('a client that has no part in the session, or has left it, is not loaded', async () => {
    const stranger = { frontchannelLogoutUri: 'https://stranger.example/out' };
    await signInAtNewClient(world, stranger);
    const initiator = await signInAtNewClient(world);
    const left = await signInAtNewClient(world, stranger, { person: initiator.person });
    await world.server.registry.update({
      actor: operator,
      face: 'cli',
      requestId: 'test',
      id: left.relyingParty.client.id,
      patch: () => ({ frontchannelLogoutUri: null }),
    });
    const place = await endSession(initiator);
    assert.deepEqual([place.status, place.location?.href], [303, `${signedOut}?state=${state}`]);
  });
});

test('Back-Channel Logout OP', async (context) => {
  const clock = createManualClock();
  const world = await openLogoutWorld(context, { clock });

  await context.test('oidcc-backchannel-logout-discovery-endpoint-verification', () => {
    const { metadata } = world;
    assert.equal(metadata['backchannel_logout_supported'], true);
    assert.equal(metadata['backchannel_logout_session_supported'], true);
  });

  for (const backchannelLogoutSessionRequired of [true, false]) {
    await context.test(
      `oidcc-backchannel-rp-initiated-logout: the client gets a token about the person ${backchannelLogoutSessionRequired ? 'and the session' : 'alone'}`,
      async () => {
        const party = await startLogoutReceiver(context);
        const signedIn = await signInAtNewClient(world, {
          backchannelLogoutUri: party.logoutUri,
          backchannelLogoutSessionRequired,
        });
        const place = await endSession(signedIn);
        assert.deepEqual([place.status, place.location?.href], [303, `${signedOut}?state=${state}`]);
        await party.hasReceived(1);
        const payload = await readLogoutToken(world, party, signedIn.relyingParty);
        assert.equal(payload.sub, signedIn.claims.sub);
        assert.equal(payload['sid'], backchannelLogoutSessionRequired ? signedIn.claims['sid'] : undefined);
        assert.equal(await silently(signedIn), 'login_required');
      },
    );
  }

  await context.test('in every algorithm of the record, with the key of the client', async () => {
    for (const [idTokenSignatureAlg, keyPairType] of [
      ['ES256', { type: 'ec', curve: 'P-256' }],
      ['PS256', { type: 'rsa', modulusLength: 2048, publicExponent: 65_537 }],
      ['RS256', null],
      ['HS512', null],
    ] as const) {
      const party = await startLogoutReceiver(context);
      const signedIn = await signInAtNewClient(world, {
        backchannelLogoutUri: party.logoutUri,
        idTokenSignatureAlg,
        keyPairType,
      });
      await endSession(signedIn);
      await party.hasReceived(1);
      await readLogoutToken(world, party, signedIn.relyingParty);
    }
  });
});

test('who is down when a session ends is told when it is up again, though the server has restarted meanwhile', async (context) => {
  const clock = createManualClock();
  const [issuerPort, port] = [await freePort(), await freePort()];
  const world = await openLogoutWorld(context, { clock, env: { PORT: String(issuerPort) } });
  const signedIn = await signInAtNewClient(world, {
    backchannelLogoutUri: `http://127.0.0.1:${port}/logout`,
    backchannelLogoutSessionRequired: true,
  });
  await endSession(signedIn);
  const second = await world.server.restart();
  const party = await startLogoutReceiver(context, port);
  clock.advance(60);
  await second.restart();
  await party.hasReceived(1);
  const payload = await readLogoutToken(world, party, signedIn.relyingParty);
  assert.equal(payload['sid'], signedIn.claims['sid']);
});

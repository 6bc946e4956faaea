import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { randomUuid } from '../../src/kernel/random.ts';
import { registerKept, toJwk, toPem } from '../fixtures/client-assertion.ts';
import { assertRefused, claimsOf, headerOf, openAssertionWorld, rsa, strangers } from './assertion-world.ts';
import { formRoutes } from './attack.ts';

const world = await openAssertionWorld();
const {
  server,
  signer,
  macClient,
  assertionOf,
  present,
  now,
  assertRefusedEverywhere,
  assertAcceptedEverywhere,
} = world;
after(() => server[Symbol.asyncDispose]());

describe('the header', () => {
  // against: client-authentication/headers
  test('never says where the key is', async () => {
    const jwk = toJwk(strangers.publicKey);
    const withStrangers = { key: strangers.privateKey };
    for (const header of [{ jwk }, { jku: 'https://evil.example/jwks' }, { x5u: 'https://evil.example/x' }]) {
      await assertRefusedEverywhere(() => assertionOf(signer, { ...headerOf(header), ...withStrangers }));
      await assertRefusedEverywhere(() => assertionOf(signer, headerOf(header)));
      await assertRefusedEverywhere(() => assertionOf(macClient, headerOf(header)));
    }
    await assertRefusedEverywhere(() => assertionOf(signer, headerOf({ x5c: ['MIIB'] })));
    await assertRefusedEverywhere(() => assertionOf(signer, headerOf({ jwk: toJwk(rsa.publicKey) })));
  });

  // against: client-authentication/headers
  test('asks for no extension', async () => {
    for (const header of [
      { crit: ['exp'], exp: 1 },
      { crit: [] },
      { crit: ['b64'], b64: true },
      { b64: true },
    ]) {
      await assertRefusedEverywhere(() => assertionOf(signer, headerOf(header)));
    }
  });

  test('names a key of the client that fits, or none', async () => {
    for (const kid of ['ec', 'unknown', '', 'mine ', '../mine', '0', 0, null, ['mine'], '__proto__']) {
      await assertRefusedEverywhere(() => assertionOf(signer, headerOf({ kid })));
    }
    for (const kid of [0, null, ['mine'], {}]) {
      await assertRefusedEverywhere(() => assertionOf(macClient, headerOf({ kid })));
    }
    await assertAcceptedEverywhere(() => assertionOf(macClient, headerOf({ kid: 'any' })));
  });

  test('has the type of a client assertion', async () => {
    for (const typ of ['at+jwt', 'dpop+jwt', 'JWS', 'id_token+jwt', '', 1, null, ['JWT']]) {
      await assertRefusedEverywhere(() => assertionOf(signer, headerOf({ typ })));
    }
  });
});

describe('the claims', () => {
  // against: client-authentication/audience
  test('are for this server alone', async () => {
    const { issuer } = server;
    const { port } = new URL(issuer);
    for (const aud of [
      [issuer],
      [issuer, 'https://other.example'],
      [],
      {},
      null,
      undefined,
      '',
      'https://other.example',
      'https://other.example/oauth/token',
      `${issuer}/`,
      `${issuer}/oauth/introspect`,
      `${issuer}/oauth/revoke`,
      `${issuer}.evil.example`,
      `http://127.0.0.1:${port}`,
      issuer.toUpperCase(),
      signer.client.id,
    ]) {
      await assertRefusedEverywhere(() => assertionOf(signer, claimsOf({ aud })));
    }
  });

  test('are about the client, by the client', async () => {
    const other = macClient.client.id;
    for (const claims of [
      { iss: other },
      { sub: other },
      { iss: undefined },
      { sub: undefined },
      { iss: server.issuer },
      { iss: [signer.client.id], sub: [signer.client.id] },
    ]) {
      await assertRefusedEverywhere(() => assertionOf(signer, claimsOf(claims)));
    }
    await assertRefusedEverywhere(() => assertionOf(signer, claimsOf({ iss: other, sub: other })));
  });

  // against: client-authentication/times
  test('end soon, and have not ended', async () => {
    for (const exp of [
      undefined,
      null,
      `${now() + 60}`,
      now(),
      now() - 1,
      now() + 3661,
      now() + 86_400,
      1e300,
    ]) {
      await assertRefusedEverywhere(() => assertionOf(signer, claimsOf({ exp })));
    }
    await assertAcceptedEverywhere(() => assertionOf(signer, claimsOf({ exp: now() + 3660 })));
  });

  // against: client-authentication/times
  test('are not those of the future', async () => {
    for (const time of [now() + 61, now() + 86_400, `${now()}`, null]) {
      await assertRefusedEverywhere(() => assertionOf(signer, claimsOf({ nbf: time })));
      await assertRefusedEverywhere(() => assertionOf(signer, claimsOf({ iat: time })));
    }
    await assertAcceptedEverywhere(() => assertionOf(signer, claimsOf({ nbf: undefined, iat: undefined })));
  });

  test('have an id', async () => {
    for (const jti of [undefined, null, '', 1, ['a'], 'x'.repeat(256)]) {
      await assertRefusedEverywhere(() => assertionOf(signer, claimsOf({ jti })));
    }
    await assertAcceptedEverywhere(() =>
      assertionOf(signer, claimsOf({ jti: randomUuid().padEnd(255, '\0') })),
    );
  });
});

describe('a replay', () => {
  // against: single-use/replay
  test('is refused at every endpoint, until the assertion has expired anyway', async () => {
    for (const owner of [signer, macClient]) {
      const assertion = assertionOf(owner, claimsOf({ exp: now() + 300 }));
      assert.equal((await present('/oauth/revoke', assertion)).status, 200);
      await assertRefusedEverywhere(() => assertion);
      server.clock.advance(299);
      await server.stores.expiry.purge(server.clock.now(), 1000);
      await assertRefusedEverywhere(() => assertion);
      server.clock.advance(1);
      await assertRefusedEverywhere(() => assertion);
    }
  });

  // against: single-use/replay
  test('is one too when another assertion has the same id', async () => {
    const jti = randomUuid();
    assert.equal((await present('/oauth/token', assertionOf(signer, claimsOf({ jti })))).status, 200);
    await assertRefusedEverywhere(() => assertionOf(signer, claimsOf({ jti, exp: now() + 200 })));
  });

  // against: single-use/parallel
  test('of 50 at once exactly one is accepted', async () => {
    for (const path of formRoutes) {
      for (const owner of [signer, macClient]) {
        const assertion = assertionOf(owner);
        const answers = await Promise.all(Array.from({ length: 50 }, () => present(path, assertion)));
        const refused = answers.filter(({ status }) => status !== 200);
        assert.equal(refused.length, 49, path);
        for (const answer of refused) assertRefused(answer, path);
      }
    }
  });

  // against: single-use/kinds
  test('is none when the clients are two', async () => {
    const jti = randomUuid();
    for (const owner of [signer, macClient]) {
      assert.equal((await present('/oauth/token', assertionOf(owner, claimsOf({ jti })))).status, 200);
    }
  });

  // against: single-use/replay
  test('cannot be brought about by who has not signed', async () => {
    const registered = await registerKept(server, {
      tokenEndpointAuthMethods: ['private_key_jwt'],
      tokenEndpointJwtAuthAlg: 'RS256',
      jwtPublicKey: toPem(rsa.publicKey),
    });
    const withId = claimsOf({ jti: randomUuid() });
    await assertRefusedEverywhere(() => assertionOf(registered, { ...withId, key: strangers.privateKey }));
    const disabled = await server.change(registered, { enabled: false });
    await assertRefusedEverywhere(() => assertionOf(registered, withId));
    await server.change(disabled, { enabled: true });
    assert.equal((await present('/oauth/token', assertionOf(registered, withId))).status, 200);
  });
});

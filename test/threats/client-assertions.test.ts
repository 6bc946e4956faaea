import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { secondsAfter } from '../../src/kernel/clock.ts';
import { randomUuid } from '../../src/kernel/random.ts';
import { registerKept, toPem } from '../fixtures/client-assertion.ts';
import {
  assertRefused,
  claimsOf,
  ec,
  headerOf,
  openAssertionWorld,
  rsa,
  strangers,
} from './assertion-world.ts';
import { formRoutes } from './attack.ts';

const world = await openAssertionWorld();
const { server, signer, macClient, assertionOf, present, assertRefusedEverywhere, assertAcceptedEverywhere } =
  world;
after(() => server[Symbol.asyncDispose]());

test('good assertions of both methods are accepted at every endpoint', async () => {
  for (const owner of [signer, macClient]) {
    await assertAcceptedEverywhere(() => assertionOf(owner));
    await assertAcceptedEverywhere(() => assertionOf(owner), { client_id: owner.client.id });
    for (const typ of ['JWT', 'client-authentication+jwt', undefined]) {
      await assertAcceptedEverywhere(() => assertionOf(owner, headerOf({ typ })));
    }
    const aud = `${server.issuer}/oauth/token`;
    await assertAcceptedEverywhere(() => assertionOf(owner, claimsOf({ aud })));
  }
  await assertAcceptedEverywhere(() => assertionOf(signer, headerOf({ kid: 'mine' })));
});

describe('the algorithm', () => {
  // against: client-authentication/algorithms
  test('none is refused, with a signature and without one', async () => {
    for (const alg of ['none', 'None', 'NONE', '', null, undefined, ['RS256'], 1]) {
      await assertRefusedEverywhere(() => assertionOf(signer, headerOf({ alg })));
      await assertRefusedEverywhere(() => assertionOf(macClient, headerOf({ alg })));
      const unsigned = assertionOf(signer, headerOf({ alg })).replace(/[^.]*$/, '');
      await assertRefusedEverywhere(() => unsigned);
    }
  });

  // against: client-authentication/algorithms
  test('HS256 with the public key as its secret is refused', async () => {
    const pem = toPem(rsa.publicKey);
    for (const key of [pem, pem.trim(), JSON.stringify(signer.client.jwks?.keys[0]), String(rsa.publicKey)]) {
      for (const alg of ['HS256', 'HS384', 'HS512'] as const) {
        await assertRefusedEverywhere(() => assertionOf(signer, { alg, key: Buffer.from(key) }));
      }
    }
    const registeredPem = await registerKept(server, {
      tokenEndpointAuthMethods: ['private_key_jwt', 'client_secret_jwt'],
      tokenEndpointJwtAuthAlg: 'RS256',
      jwtPublicKey: pem,
    });
    const key = Buffer.from(pem);
    await assertRefusedEverywhere(() => assertionOf(registeredPem, { alg: 'HS256', key }));
    const asMac = await server.change(registeredPem, { tokenEndpointJwtAuthAlg: 'HS256' });
    await assertRefusedEverywhere(() => assertionOf(asMac, { alg: 'HS256', key }));
  });

  // against: client-authentication/algorithms
  test('another one of the same family is refused, and so is one with another key of the client', async () => {
    for (const alg of ['RS384', 'RS512', 'PS256'] as const) {
      await assertRefusedEverywhere(() => assertionOf(signer, { alg }));
    }
    await assertRefusedEverywhere(() => assertionOf(signer, { alg: 'ES256', key: ec.privateKey }));
    for (const alg of ['HS384', 'HS512'] as const) {
      await assertRefusedEverywhere(() => assertionOf(macClient, { alg }));
    }
  });

  // against: client-authentication/algorithms
  test('of a header that names another algorithm than the signature has, neither counts', async () => {
    await assertRefusedEverywhere(() => assertionOf(signer, { ...headerOf({ alg: 'RS256' }), alg: 'PS256' }));
    await assertRefusedEverywhere(() => assertionOf(signer, { ...headerOf({ alg: 'PS256' }), alg: 'RS256' }));
  });

  // against: client-authentication/algorithms
  test('decides the method: of a client with both, only that of its algorithm works', async () => {
    const registered = await registerKept(server, {
      tokenEndpointAuthMethods: ['private_key_jwt', 'client_secret_jwt'],
      tokenEndpointJwtAuthAlg: 'RS256',
      jwtPublicKey: toPem(rsa.publicKey),
    });
    const mac = { alg: 'HS256', key: Buffer.from(registered.secret) } as const;
    const signature = { alg: 'RS256', key: rsa.privateKey } as const;
    await assertAcceptedEverywhere(() => assertionOf(registered, signature));
    await assertRefusedEverywhere(() => assertionOf(registered, mac));
    await server.change(registered, { tokenEndpointJwtAuthAlg: 'HS256' });
    await assertAcceptedEverywhere(() => assertionOf(registered, mac));
    await assertRefusedEverywhere(() => assertionOf(registered, signature));
  });
});

describe('the key', () => {
  test('of another client, and of nobody, is refused', async () => {
    await assertRefusedEverywhere(() => assertionOf(signer, { key: strangers.privateKey }));
    const other = await registerKept(server, {
      tokenEndpointAuthMethods: ['private_key_jwt'],
      tokenEndpointJwtAuthAlg: 'RS256',
      jwtPublicKey: toPem(strangers.publicKey),
    });
    await assertAcceptedEverywhere(() => assertionOf(other, { key: strangers.privateKey }));
    await assertRefusedEverywhere(() => assertionOf(other, { key: rsa.privateKey }));
    await assertRefusedEverywhere(() => assertionOf(macClient, { key: Buffer.from(signer.secret) }));
    await assertRefusedEverywhere(() => assertionOf(macClient, { key: randomBytes(64) }));
    await assertRefusedEverywhere(() => assertionOf(macClient, { key: Buffer.alloc(0) }));
  });

  test('is none when the client has registered none', async () => {
    const keyless = await registerKept(server, {
      tokenEndpointAuthMethods: ['private_key_jwt'],
      tokenEndpointJwtAuthAlg: 'RS256',
    });
    await assertRefusedEverywhere(() => assertionOf(keyless));
  });

  test('is refused from the next request on when the record has another one', async () => {
    const registered = await registerKept(server, {
      tokenEndpointAuthMethods: ['private_key_jwt'],
      tokenEndpointJwtAuthAlg: 'RS256',
      jwtPublicKey: toPem(rsa.publicKey),
    });
    await assertAcceptedEverywhere(() => assertionOf(registered));
    await server.change(registered, { jwtPublicKey: toPem(strangers.publicKey) });
    await assertRefusedEverywhere(() => assertionOf(registered));
    await assertAcceptedEverywhere(() => assertionOf(registered, { key: strangers.privateKey }));
  });

  // against: client-authentication/secrets
  test('is no secret that has expired, that is not kept, or that is short', async () => {
    const mac = {
      tokenEndpointAuthMethods: ['client_secret_jwt'],
      tokenEndpointJwtAuthAlg: 'HS256',
    } as const;
    const expiring = await registerKept(server, mac, { expiresAt: secondsAfter(server.clock.now(), 10) });
    await assertAcceptedEverywhere(() => assertionOf(expiring));
    server.clock.advance(10);
    await assertRefusedEverywhere(() => assertionOf(expiring));

    for (const secret of [
      { sealed: null },
      { sealed: null, verifier: { algorithm: 'imported', digest: 'x' } as const },
      { text: 'x'.repeat(31) },
    ]) {
      const registered = await registerKept(server, mac, secret);
      await assertRefusedEverywhere(() => assertionOf(registered));
    }
  });
});

describe('the client', () => {
  test('is refused when it is disabled or deleted', async () => {
    for (const patch of [
      { tokenEndpointAuthMethods: ['client_secret_jwt'], tokenEndpointJwtAuthAlg: 'HS256' },
      {
        tokenEndpointAuthMethods: ['private_key_jwt'],
        tokenEndpointJwtAuthAlg: 'RS256',
        jwtPublicKey: toPem(rsa.publicKey),
      },
    ] as const) {
      const registered = await registerKept(server, patch);
      await assertAcceptedEverywhere(() => assertionOf(registered));
      const disabled = await server.change(registered, { enabled: false });
      await assertRefusedEverywhere(() => assertionOf(disabled));
      await server.remove(disabled);
      await assertRefusedEverywhere(() => assertionOf(disabled));
    }
  });

  // against: client-authentication/same
  test('is unknown, and the answer is the same', async () => {
    for (const id of [randomUuid(), 'no-uuid', '', "' or 1=1 --", '\0', '__proto__']) {
      await assertRefusedEverywhere(() => assertionOf(signer, claimsOf({ iss: id, sub: id })));
      await assertRefusedEverywhere(() => assertionOf(macClient, claimsOf({ iss: id, sub: id })));
    }
  });

  // against: client-authentication/registered
  test('may use the method: a good assertion of one that may not is refused', async () => {
    const methods = ['client_secret_basic', 'client_secret_post', 'none'] as const;
    const keys = { tokenEndpointJwtAuthAlg: 'RS256', jwtPublicKey: toPem(rsa.publicKey) } as const;
    for (const patch of [
      { tokenEndpointAuthMethods: methods },
      { tokenEndpointAuthMethods: ['none'] as const, publicRevoke: true },
      { tokenEndpointAuthMethods: ['client_secret_jwt'] as const },
    ]) {
      const registered = await registerKept(server, { ...patch, ...keys });
      await assertRefusedEverywhere(() => assertionOf(registered));
    }
    const other = await registerKept(server, {
      tokenEndpointAuthMethods: ['private_key_jwt', ...methods],
      tokenEndpointJwtAuthAlg: 'HS256',
    });
    await assertRefusedEverywhere(() => assertionOf(other));
  });

  // against: client-authentication/registered
  test('that may leave its proof out is refused with a wrong one', async () => {
    const optional = await registerKept(server, {
      tokenEndpointAuthMethods: ['private_key_jwt', 'none'],
      tokenEndpointJwtAuthAlg: 'RS256',
      jwtPublicKey: toPem(rsa.publicKey),
      publicRevoke: true,
    });
    const client_id = optional.client.id;
    assert.equal((await server.post('/oauth/revoke', { token: 'x', client_id })).status, 200);
    assertRefused(await server.post('/oauth/introspect', { token: 'x', client_id }), 'no proof');
    await assertAcceptedEverywhere(() => assertionOf(optional));
    await assertRefusedEverywhere(() => assertionOf(optional, { key: strangers.privateKey }));
  });

  test('does not use its secret or its id instead of its assertion', async () => {
    for (const { client, secret, basic } of [signer, macClient]) {
      const form = { grant_type: 'client_credentials', token: 'x' };
      for (const path of formRoutes) {
        const posted = { ...form, client_id: client.id, client_secret: secret };
        assertRefused(await server.post(path, posted), 'client_secret_post');
        assertRefused(await server.post(path, form, { headers: { authorization: basic } }), 'Basic');
        assertRefused(await server.post(path, { ...form, client_id: client.id }), 'none');
      }
    }
  });
});

// against: client-authentication/same
test('every refusal costs one verification, whoever the assertion is for and whatever is wrong', async (context) => {
  const { mock } = context.mock.method(crypto.subtle, 'verify');
  const disabled = await registerKept(server, {
    enabled: false,
    tokenEndpointAuthMethods: ['private_key_jwt'],
    tokenEndpointJwtAuthAlg: 'RS256',
    jwtPublicKey: toPem(rsa.publicKey),
  });
  const id = randomUuid();
  for (const [what, make] of Object.entries({
    'a wrong signature': () => assertionOf(signer, { key: strangers.privateKey }),
    'an unknown client': () => assertionOf(signer, claimsOf({ iss: id, sub: id })),
    'an id that is none': () => assertionOf(signer, claimsOf({ iss: 'x', sub: 'x' })),
    'a disabled client': () => assertionOf(disabled),
    'a disabled client and a wrong signature': () => assertionOf(disabled, { key: strangers.privateKey }),
    'another algorithm': () => assertionOf(signer, { alg: 'PS256' }),
    'a key that is not registered': () => assertionOf(signer, headerOf({ kid: 'unknown' })),
    'another method': () => assertionOf(signer, { alg: 'HS256', key: Buffer.from(signer.secret) }),
    'a wrong MAC': () => assertionOf(macClient, { key: randomBytes(64) }),
    'an unknown client and a MAC': () => assertionOf(macClient, claimsOf({ iss: id, sub: id })),
    'a signature in the place of a MAC': () => assertionOf(macClient, { alg: 'RS256', key: rsa.privateKey }),
  })) {
    mock.resetCalls();
    assertRefused(await present('/oauth/introspect', make()), what);
    assert.equal(mock.callCount(), 1, what);
  }
});

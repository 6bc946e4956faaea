import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { SignatureAlg } from '../../src/clients/client.ts';
import type { ClientPatch } from '../../src/clients/patch.ts';
import { clientScopes, connectService } from '../connect/face.ts';
import { asOperator, declaring } from '../connect/world.ts';
import {
  type AssertionParts,
  assertionType,
  goodClaims,
  makeAssertion,
  makeKeyPair,
  toJwk,
  toPem,
} from '../fixtures/client-assertion.ts';
import { startTestServer } from '../fixtures/running-server.ts';
import { actions, answerOutcome, type Credentials, type Endpoint, everywhere, open } from './world.ts';

const rsa = makeKeyPair('RS256');
const keys: Partial<Record<SignatureAlg, ReturnType<typeof makeKeyPair>>> = {
  RS256: rsa,
  PS384: rsa,
  ES256: makeKeyPair('ES256'),
  ES384: makeKeyPair('ES384'),
  ES512: makeKeyPair('ES512'),
  EdDSA: makeKeyPair('EdDSA'),
};
const refused = everywhere('401 invalid_client');
const usable = everywhere('ok');

type World = Pick<Awaited<ReturnType<typeof open>>, 'server' | 'clock' | 'post'>;

/** What each endpoint answers to an assertion of its own that a client makes. */
async function outcomes(
  { server, clock, post }: World,
  { id = '' }: Credentials,
  { alg, key }: Pick<AssertionParts, 'alg' | 'key'>,
): Promise<Record<Endpoint, string>> {
  const answer = async (endpoint: Endpoint): Promise<string> => {
    const claims = goodClaims({ issuer: server.issuer, clock }, id);
    const client_assertion = makeAssertion({ header: { alg }, claims, alg, key });
    return answerOutcome(
      await post(endpoint, { id }, { client_assertion, client_assertion_type: assertionType }),
    );
  };
  return {
    token: await answer('token'),
    introspection: await answer('introspection'),
    revocation: await answer('revocation'),
  };
}

/** With its secret as the key. */
const bySecret: ClientPatch = {
  tokenEndpointAuthMethods: ['client_secret_jwt'],
  tokenEndpointJwtAuthAlg: 'HS256',
};

/** A client that authenticates by assertions alone. */
async function openWith(context: TestContext, patch: ClientPatch) {
  const world = await open(context);
  const client = await world.create();
  await world.change(client.id, patch);
  return { world, client, secret: Buffer.from(client.secret ?? '') };
}

test('tokenEndpointJwtAuthAlg: the algorithm of the record is accepted, and each other refused', async (context) => {
  const jwks = { keys: Object.values(keys).map(({ publicKey }) => toJwk(publicKey)) };
  const { world, client, secret } = await openWith(context, {
    tokenEndpointAuthMethods: ['client_secret_jwt', 'private_key_jwt'],
    jwks,
  });
  const algs = [...Object.keys(keys), 'HS256', 'HS384', 'HS512'] as SignatureAlg[];
  for (const tokenEndpointJwtAuthAlg of algs) {
    await world.change(client.id, { tokenEndpointJwtAuthAlg });
    for (const alg of algs) {
      const expected = alg === tokenEndpointJwtAuthAlg ? usable : refused;
      const key = keys[alg]?.privateKey ?? secret;
      const seen = await outcomes(world, client, { alg, key });
      assert.deepEqual(seen, expected, `${alg} for ${tokenEndpointJwtAuthAlg}`);
    }
  }
});

test('tokenEndpointAuthMethods: the method of the record is accepted, and each other refused', async (context) => {
  const { world, client, secret } = await openWith(context, { jwtPublicKey: toPem(rsa.publicKey) });
  const uses = {
    client_secret_jwt: { alg: 'HS256', key: secret },
    private_key_jwt: { alg: 'RS256', key: rsa.privateKey },
  } as const;
  for (const [method, use] of Object.entries(uses)) {
    for (const registered of [
      'client_secret_basic',
      'client_secret_post',
      'client_secret_jwt',
      'private_key_jwt',
      'none',
    ] as const) {
      await world.change(client.id, {
        tokenEndpointAuthMethods: [registered],
        tokenEndpointJwtAuthAlg: use.alg,
      });
      const expected = registered === method ? usable : refused;
      assert.deepEqual(await outcomes(world, client, use), expected, `${method} for ${registered}`);
    }
  }
});

test('jwtPublicKey, jwks: another key is the client’s from the next request on', async (context) => {
  const other = makeKeyPair('RS256');
  const { world, client } = await openWith(context, {
    tokenEndpointAuthMethods: ['private_key_jwt'],
    tokenEndpointJwtAuthAlg: 'RS256',
  });
  const outcomesOfBoth = async () => [
    await outcomes(world, client, { alg: 'RS256', key: rsa.privateKey }),
    await outcomes(world, client, { alg: 'RS256', key: other.privateKey }),
  ];
  const jwks = { keys: [toJwk(other.publicKey)] };
  for (const [patch, expected] of [
    [{ jwtPublicKey: toPem(rsa.publicKey) }, [usable, refused]],
    [{ jwks }, [usable, usable]],
    [{ jwtPublicKey: null }, [refused, usable]],
    [{ jwks: null }, [refused, refused]],
    [{ jwtPublicKey: toPem(other.publicKey) }, [refused, usable]],
  ] as const) {
    await world.change(client.id, patch);
    assert.deepEqual(await outcomesOfBoth(), expected, JSON.stringify(patch));
  }
});

test('RegenerateSecret: the old secret is no key any more, and the new one is', async (context) => {
  const { world, client, secret } = await openWith(context, {
    tokenEndpointAuthMethods: ['client_secret_jwt'],
    tokenEndpointJwtAuthAlg: 'HS512',
  });
  assert.deepEqual(await outcomes(world, client, { alg: 'HS512', key: secret }), usable);
  const { clientSecret = '' } = await world.service.regenerateSecret({
    clientId: client.id,
    includeSecret: true,
  });
  assert.deepEqual(await outcomes(world, client, { alg: 'HS512', key: secret }), refused);
  assert.deepEqual(await outcomes(world, client, { alg: 'HS512', key: Buffer.from(clientSecret) }), usable);
});

test('enabled, and the grants: an assertion opens no more than a secret does', async (context) => {
  const { world, client, secret: key } = await openWith(context, bySecret);
  for (const [patch, expected] of [
    [{ grantTypes: ['introspect', 'revoke'] }, { ...usable, token: '400 unauthorized_client' }],
    [{ grantTypes: [] }, everywhere('400 unauthorized_client')],
    [{ grantTypes: ['client_credentials', 'introspect', 'revoke'] }, usable],
    [{ publicRevoke: true }, usable],
    [{ enabled: false }, refused],
    [{ enabled: true }, usable],
  ] as const) {
    await world.change(client.id, patch);
    assert.deepEqual(await outcomes(world, client, { alg: 'HS256', key }), expected, JSON.stringify(patch));
  }
});

test('usesManagedBuckets: an assertion is proof enough', async (context) => {
  const world = await open(context);
  for (const alg of ['HS256', 'RS256'] as const) {
    const client = await world.create({ usesManagedBuckets: true });
    await world.change(client.id, {
      tokenEndpointAuthMethods: ['client_secret_jwt', 'private_key_jwt'],
      tokenEndpointJwtAuthAlg: alg,
      jwtPublicKey: toPem(rsa.publicKey),
    });
    const key = alg === 'HS256' ? Buffer.from(client.secret ?? '') : rsa.privateKey;
    assert.deepEqual(await outcomes(world, client, { alg, key }), usable);
  }
});

test('secretStorage: hashed: a secret that was kept before is no key any more', async (context) => {
  const { world, client, secret: key } = await openWith(context, bySecret);
  assert.deepEqual(await outcomes(world, client, { alg: 'HS256', key }), usable);
  await world.server.stop('secrets are to be hashed');
  const hashed = await startTestServer(context, {
    dataDirectory: world.server.dataDirectory,
    clock: world.clock,
    env: declaring(context, { server: { secretStorage: 'hashed' } }),
  });
  const service = connectService(hashed, await hashed.bootstrapToken(clientScopes));
  const there = { ...actions(hashed, service), server: hashed, clock: world.clock };
  assert.deepEqual(await outcomes(there, client, { alg: 'HS256', key }), refused);
  const patch = () => ({ tokenEndpointAuthMethods: ['client_secret_basic'] }) as const;
  await hashed.registry.update({ ...asOperator, id: client.id, patch });
  assert.equal(answerOutcome(await there.post('token', client)), 'ok');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJwt, errors, jwtVerify } from 'jose';
import type { KeyPairType, SignatureAlg } from '../../src/clients/client.ts';
import { createManualClock, type EpochSeconds } from '../../src/kernel/clock.ts';
import { signingAlgorithms } from '../../src/keys/signing-algorithm.ts';
import { asOperator, declaring } from '../connect/world.ts';
import { metadataOf, publishedKeys, publishedKids } from '../fixtures/discovery.ts';
import { startTestServer } from '../fixtures/running-server.ts';
import {
  acceptFromFragment,
  acceptFromTokenEndpoint,
  acceptUserinfo,
  type Companions,
  companions,
  createJoseVerifier,
  type JoseVerifier,
} from './accepted-tokens.ts';
import { fitting, type Kind, kidOf, kinds, openSigning, type SigningWorld } from './signing-world.ts';

/** The longest life of a token, and what another node's clock may be behind. */
const longestLife = 86_400;
const clockGrace = 60;
/** The clients of other people look at the machine's clock too, which goes on. */
const aMoment = 60;

interface Signed {
  readonly alg: SignatureAlg;
  readonly idToken: string;
  readonly userinfo: string;
  readonly companions: Companions;
  readonly at: EpochSeconds;
}

/** An ID token and a userinfo answer by each of `algs`, which the record is set to one after the other. */
async function signByEach(world: SigningWorld, id: string, algs: readonly SignatureAlg[]): Promise<Signed[]> {
  const signed: Signed[] = [];
  for (const alg of algs) {
    await world.change(id, { id_token_signature_alg: alg, userinfo_signed_response_alg: alg });
    const made = companions();
    const idToken = await world.issue(id, { ...made, claims: { sub: 'alice', nonce: made.nonce } });
    signed.push({
      alg,
      idToken,
      userinfo: await world.signUserinfo(id),
      companions: made,
      at: world.clock.now(),
    });
  }
  return signed;
}

/** Everyone accepts what was signed. */
async function assertAccepted(
  { server, clock }: SigningWorld,
  clientId: string,
  signed: readonly Signed[],
  returning: JoseVerifier,
): Promise<void> {
  for (const { alg, idToken, userinfo, companions: made, at } of signed) {
    const expected = { clientId, alg, clock, at: clock.now() };
    for (const verify of [returning, await createJoseVerifier(server)]) {
      assert.equal((await verify(idToken, expected)).sub, 'alice');
      assert.equal((await verify(userinfo, expected)).sub, 'alice');
    }
    // What comes through the browser is accepted for an hour at most.
    if (at === clock.now()) await acceptFromFragment(server, idToken, made, expected);
    await acceptFromTokenEndpoint(server, idToken, made, expected);
    await acceptUserinfo(server, userinfo, 'alice', expected);
  }
}

/** The one key that all of `signed` name. */
function kidOfAll(signed: readonly Signed[]): string {
  const [kid = '', ...others] = new Set(
    signed.flatMap(({ idToken, userinfo }) => [kidOf(idToken), kidOf(userinfo)]),
  );
  assert.deepEqual(others, []);
  return kid;
}

const isUnknownKey = (error: unknown) => error instanceof errors.JWKSNoMatchingKey;

interface Rotation {
  readonly clientId: string;
  readonly algs: readonly SignatureAlg[];
  readonly rotate: () => Promise<unknown>;
  readonly removeOld: () => Promise<unknown>;
  /** How long after the rotation the old key is still published, in seconds. */
  readonly overlap: number;
}

/** What is signed before, during and after a rotation verifies from the JWK Set, for as long as it lives and no longer than that. */
async function proveRotation(world: SigningWorld, rotation: Rotation): Promise<void> {
  const { server, clock } = world;
  const { clientId, algs, rotate, removeOld, overlap } = rotation;
  const returning = await createJoseVerifier(server);
  await world.change(clientId, { id_token_ttl: longestLife });
  const before = await signByEach(world, clientId, algs);
  const oldKid = kidOfAll(before);
  await assertAccepted(world, clientId, before, returning);

  await rotate();
  const during = await signByEach(world, clientId, algs);
  const newKid = kidOfAll(during);
  assert.notEqual(newKid, oldKid);
  await assertAccepted(world, clientId, [...before, ...during], returning);

  clock.advance(longestLife - aMoment);
  await removeOld();
  await assertAccepted(world, clientId, before, returning);

  clock.advance(overlap - longestLife + aMoment);
  await removeOld();
  assert.ok((await publishedKids(server)).has(oldKid));
  clock.advance(1);
  await removeOld();
  const kids = await publishedKids(server);
  assert.deepEqual([kids.has(oldKid), kids.has(newKid)], [false, true]);
  const fresh = await createJoseVerifier(server);
  for (const { alg, idToken, at } of before) {
    await assert.rejects(fresh(idToken, { clientId, alg, at }), isUnknownKey);
  }
  const after = await signByEach(world, clientId, algs);
  assert.equal(kidOfAll(after), newKid);
  await assertAccepted(world, clientId, after, returning);
}

for (const [kind, algs] of Object.entries(fitting) as [Kind, readonly SignatureAlg[]][]) {
  test(`${kind}: ${algs.join(', ')} verify before, during and after regenerate_key_pair`, async (context) => {
    const world = await openSigning(context);
    const { id: clientId } = await world.create(kinds[kind]);
    await proveRotation(world, {
      clientId,
      algs,
      rotate: () => world.regenerateKeyPair(clientId),
      removeOld: () => world.server.clientKeys.removeExpired(),
      overlap: longestLife + clockGrace,
    });
  });
}

for (const alg of ['RS256', 'ES256'] as const) {
  test(`the server’s key: ${alg} verifies before, during and after a rotation`, async (context) => {
    const world = await openSigning(context);
    const { keyring } = world.server;
    const { id: clientId } = await world.register({ idTokenSignatureAlg: alg });
    await proveRotation(world, {
      clientId,
      algs: [alg],
      rotate: () => keyring.rotate(alg),
      removeOld: () => keyring.removeRetired(),
      overlap: longestLife + 3600,
    });
  });
}

for (const alg of signingAlgorithms) {
  // against: tokens/rotation
  test(`access tokens by ${alg} verify before, during and after a rotation, and their key was announced`, async (context) => {
    const clock = createManualClock();
    const env = declaring(context, { server: { accessTokenTtl: longestLife, accessTokenAlgorithm: alg } });
    const server = await startTestServer(context, { clock, env });
    const returning = await createJoseVerifier(server);
    const issue = () => server.bootstrapToken('admin');
    const verify = (token: string, verifier = returning) =>
      verifier(token, { clientId: server.issuer, alg, at: clock.now() });

    const before = await issue();
    await verify(before);
    const announced = await publishedKids(server);
    await server.keyring.rotate(alg);
    const during = await issue();
    assert.notEqual(kidOf(during), kidOf(before));
    assert.ok(announced.has(kidOf(during)));
    clock.advance(longestLife - 1);
    await server.keyring.removeRetired();
    for (const token of [before, during]) await verify(token);

    clock.advance(3602);
    await server.keyring.removeRetired();
    assert.equal((await publishedKids(server)).has(kidOf(before)), false);
    const after = await issue();
    assert.equal(kidOf(after), kidOf(during));
    await verify(after);
    await verify(after, await createJoseVerifier(server));
  });
}

const owners: Readonly<Record<string, KeyPairType | null>> = {
  'the server’s key': null,
  'an RSA key': { type: 'rsa', modulusLength: 2048, publicExponent: 65_537 },
  'an EC key': { type: 'ec', curve: 'P-384' },
};

for (const [owner, keyPairType] of Object.entries(owners)) {
  test(`HS256, HS384 and HS512 sign with the newest secret of a client that has ${owner}`, async (context) => {
    const world = await openSigning(context);
    const { server, clock } = world;
    const first = await world.register({ keyPairType, idTokenSignatureAlg: 'HS256' });
    const { id } = first;
    const verify = (token: string, secret: string, alg: SignatureAlg) =>
      jwtVerify(token, Buffer.from(secret), {
        issuer: server.issuer,
        audience: id,
        algorithms: [alg],
        currentDate: new Date(clock.now() * 1000),
      });
    const proveSecret = async (right: string, wrong: readonly string[]) => {
      for (const { alg, idToken, userinfo } of await signByEach(world, id, ['HS256', 'HS384', 'HS512'])) {
        for (const token of [idToken, userinfo]) {
          await verify(token, right, alg);
          for (const secret of wrong) {
            await assert.rejects(verify(token, secret, alg), errors.JWSSignatureVerificationFailed);
          }
        }
      }
    };
    await proveSecret(first.secret, []);
    const { text: second } = await server.registry.addSecret({ ...asOperator, id });
    await proveSecret(second, [first.secret]);
    const { secret: third } = await server.registry.replaceSecrets({ ...asOperator, id, secret: 'generate' });
    await proveSecret(third ?? '', [first.secret, second]);
  });
}

test('idTokenTtl: an ID token lives as long as the clients API shows', async (context) => {
  const { create, register, change, issue } = await openSigning(context);
  const [{ id }, { id: withoutOne }] = [await create(kinds['P-256']), await register({})];
  for (const [clientId, fields] of [
    [withoutOne, {}],
    [id, {}],
    [id, { id_token_ttl: 90 }],
    [withoutOne, { id_token_ttl: 1 }],
  ] as const) {
    const { id_token_ttl: shown } = await change(clientId, fields);
    const { exp = 0, iat = 0 } = decodeJwt(await issue(clientId));
    assert.equal(exp - iat, shown);
  }
});

test('the metadata lists what clients can be set to, and each of it can be verified', async (context) => {
  const { server } = await openSigning(context);
  const metadata = await metadataOf(server);
  const tried = [...Object.values(fitting).flat(), 'HS256', 'HS384', 'HS512'];
  const listed = metadata.id_token_signing_alg_values_supported ?? [];
  assert.deepEqual([...listed].sort(), [...new Set(tried)].sort());
  assert.deepEqual(metadata['userinfo_signing_alg_values_supported'], listed);
});

const publicMembers: Readonly<Record<string, readonly string[]>> = {
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
};

// against: tokens/private-keys
test('the JWK Set shows public members alone, for signatures, and every kid once', async (context) => {
  const { server, create, regenerateKeyPair } = await openSigning(context);
  for (const kind of Object.values(kinds)) {
    const { id } = await create(kind);
    await regenerateKeyPair(id);
  }
  const keys = await publishedKeys(server);
  assert.equal(keys.length, 2 * Object.keys(kinds).length + 4);
  assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length);
  for (const { kid, use, alg: _, ...bare } of keys) {
    assert.equal(use, 'sig', kid);
    assert.deepEqual(Object.keys(bare).sort(), publicMembers[String(bare['kty'])]);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJwt } from 'jose';
import { RegistryError } from '../../src/clients/errors.ts';
import { asOperator, declaring } from '../connect/world.ts';
import { metadataOf, publishedKids } from '../fixtures/discovery.ts';
import type { SignerFault } from '../fixtures/remote-signer.ts';
import { startTestServer } from '../fixtures/running-server.ts';
import { createJoseVerifier } from './accepted-tokens.ts';
import { assertRefused, kidOf, kinds, openSigning, type SigningWorld, signing } from './signing-world.ts';

const { universal } = kinds;
const p256 = kinds['P-256'];

async function assertPublished({ server }: Pick<SigningWorld, 'server'>, expected: Record<string, boolean>) {
  const kids = await publishedKids(server);
  for (const [kid, isPublished] of Object.entries(expected)) assert.equal(kids.has(kid), isPublished, kid);
}

test('a key of another type takes over at once; the former one signs no more and verifies what it signed', async (context) => {
  const world = await openSigning(context);
  const { server, clock } = world;
  const { id } = await world.create(p256);
  const stale = await world.load(id);
  const before = await world.issue(id);
  await world.change(id, { key_pair_type: kinds['P-384'].key_pair_type });
  const after = await world.issue(id);
  await assertPublished(world, { [kidOf(before)]: true, [kidOf(after)]: true });
  const verify = await createJoseVerifier(server);
  await verify(before, { clientId: id, alg: 'ES256', at: clock.now() });
  await verify(after, { clientId: id, alg: 'ES384', at: clock.now() });
  await assertRefused(world.issueFor(stale), 'temporarily_unavailable');
});

test('where a client’s key is taken away the server’s key signs what the record then says, and nothing before it', async (context) => {
  const world = await openSigning(context);
  const { server, clock } = world;
  const { id } = await world.create(p256);
  const stale = await world.load(id);
  const before = await world.issue(id);
  await world.useServerKey(id);
  const after = await world.issue(id);
  assert.equal(kidOf(after), server.keyring.keySet().signer('ES256').kid);
  const verify = await createJoseVerifier(server);
  for (const token of [before, after]) await verify(token, { clientId: id, alg: 'ES256', at: clock.now() });
  await assertRefused(world.issueFor(stale), 'server_error');
});

test('the keys of a deleted client, former ones too, are gone from the JWK Set at once and sign nothing', async (context) => {
  const world = await openSigning(context);
  for (const fields of [p256, universal]) {
    const { id } = await world.create(fields);
    const former = kidOf(await world.issue(id));
    await world.regenerateKeyPair(id);
    const last = kidOf(await world.issue(id));
    const stale = await world.load(id);
    await assertPublished(world, { [former]: true, [last]: true });
    await world.remove(id);
    await assertPublished(world, { [former]: false, [last]: false });
    await assertRefused(world.issueFor(stale), 'server_error');
  }
  assert.equal(world.signer.keys.size, 2);
  await world.server.clientKeys.removeExpired();
  assert.equal(world.signer.keys.size, 0);
});

test('with a DID the issuer stays who it is, and the key is in the JWK Set', async (context) => {
  const { server, clock, create, regenerateDid, issue } = await openSigning(context);
  for (const fields of [p256, universal]) {
    const { id } = await create(fields);
    assert.match(String((await regenerateDid(id))['did']), /^did:key:z/);
    const token = await issue(id);
    assert.equal(decodeJwt(token).iss, server.issuer);
    const expected = { clientId: id, alg: fields.id_token_signature_alg, at: clock.now() };
    await (await createJoseVerifier(server))(token, expected);
  }
});

/** `hang` takes its five seconds, the rest answers at once. */
const faults: readonly SignerFault[] = [
  'server-error',
  'redirect',
  'wrong-content-type',
  'malformed',
  'oversized',
  'cut',
  'empty',
  'wrong-signature',
  'short-signature',
  'hang',
];

test('while the remote signer does not do its work nothing is signed, and afterwards everything', async (context) => {
  const world = await openSigning(context);
  const { signer, clock } = world;
  const { id } = await world.create({ ...universal, userinfo_signed_response_alg: 'EdDSA' });
  const refuse = (fault: string) =>
    Promise.all([
      assertRefused(world.issue(id), 'temporarily_unavailable', fault),
      assertRefused(world.signUserinfo(id), 'temporarily_unavailable', fault),
    ]);
  for (const fault of faults) {
    signer.behave(fault);
    await refuse(fault);
  }
  signer.behave(null);
  const verify = await createJoseVerifier(world.server);
  await verify(await world.issue(id), { clientId: id, alg: 'EdDSA', at: clock.now() });
  await signer.stop();
  await refuse('stopped');
});

test('while the remote signer does not do its work no client gets a universal key, and nothing of it changes', async (context) => {
  const world = await openSigning(context);
  const { server, signer } = world;
  const { id } = await world.create(p256);
  const before = await world.load(id);
  const kid = kidOf(await world.issue(id));
  const kids = await publishedKids(server);
  const refuse = async (what: string) =>
    assert.equal((await world.put(id, { ...universal, name: 'Another' })).status, 503, what);
  for (const fault of ['server-error', 'wrong-signature', 'private-key', 'malformed'] as const) {
    signer.behave(fault);
    await refuse(fault);
  }
  signer.behave(null);
  await signer.stop();
  await refuse('stopped');
  assert.deepEqual(await world.load(id), before);
  assert.deepEqual(await publishedKids(server), kids);
  assert.equal(kidOf(await world.issue(id)), kid);
});

test('without the remote signer that holds its key a client gets no token, and no other key takes its place', async (context) => {
  const { server, clock, create, issue } = await openSigning(context);
  const { id } = await create(universal);
  const token = await issue(id);
  const { id: other } = await create(p256);
  assert.ok((await metadataOf(server)).id_token_signing_alg_values_supported?.includes('EdDSA'));
  await server.stop('the signer is taken out of the configuration');

  const { dataDirectory, issuer } = server;
  const again = await startTestServer(context, { clock, dataDirectory, env: { CLIENTELE_ISSUER: issuer } });
  const reached = { ...again, issuer: `http://127.0.0.1:${again.port}` };
  const there = signing(again);
  await assertRefused(there.issue(id), 'server_error');
  await there.issue(other);
  const patch = () => ({ keyPairType: { type: 'universal' }, signaturesAdapter: 'remote' }) as const;
  await assert.rejects(
    again.registry.update({ ...asOperator, id: other, patch }),
    (error) => error instanceof RegistryError && error.code === 'invalid',
  );
  const { keys } = (await (await fetch(`${reached.issuer}/oauth/jwks`)).json()) as {
    keys: { kid: string }[];
  };
  assert.ok(keys.some(({ kid }) => kid === kidOf(token)));
  const metadata = await fetch(`${reached.issuer}/.well-known/openid-configuration`);
  const { id_token_signing_alg_values_supported: algs } = (await metadata.json()) as Record<string, string[]>;
  assert.equal(algs?.includes('EdDSA'), false);
});

test('where the server keeps verifiers alone, a client that was set to a MAC before gets no token', async (context) => {
  const { server, clock, register, issue } = await openSigning(context);
  const { id } = await register({ idTokenSignatureAlg: 'HS256' });
  await issue(id);
  await server.stop('secrets are to be hashed');
  const env = declaring(context, { server: { secretStorage: 'hashed' } });
  const hashed = await startTestServer(context, { clock, dataDirectory: server.dataDirectory, env });
  await assertRefused(signing(hashed).issue(id), 'server_error');
  const metadata = await metadataOf(hashed);
  for (const name of [
    'id_token_signing_alg_values_supported',
    'token_endpoint_auth_signing_alg_values_supported',
  ] as const) {
    const algs = metadata[name] ?? [];
    assert.deepEqual([algs.includes('RS256'), algs.some((alg) => alg.startsWith('HS'))], [true, false], name);
  }
});

test('a sealed key that was moved to another client in the database signs for neither', async (context) => {
  const { server, create, issue } = await openSigning(context);
  const [one, two, three] = [await create(p256), await create(p256), await create(p256)];
  const isAltered = { name: 'VaultError', fault: 'altered' };

  const sealedOfOne = `(select sealed from client_keys where client_id = '${one.id}')`;
  await server.database.run(`update client_keys set sealed = ${sealedOfOne} where client_id = '${two.id}'`);
  await assert.rejects(issue(two.id), isAltered);
  await issue(one.id);

  await server.database.run(
    `delete from client_keys where client_id = '${three.id}'`,
    `update client_keys set client_id = '${three.id}' where client_id = '${one.id}'`,
  );
  await assert.rejects(issue(three.id), isAltered);
  await assertRefused(issue(one.id), 'server_error');
});

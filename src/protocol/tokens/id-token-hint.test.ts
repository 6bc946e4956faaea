import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type AuthorizationWorld,
  openAuthorizationWorld,
} from '../../../test/fixtures/authorization-world.ts';
import { anAuditEvent } from '../../../test/fixtures/storage-entries.ts';
import type { Client } from '../../clients/client.ts';
import type { StoredClient } from '../../clients/store.ts';
import { randomOctets, randomUuid } from '../../kernel/random.ts';
import { createMacSigner } from '../../keys/mac-signer.ts';
import { signingAlgorithms } from '../../keys/signing-algorithm.ts';
import { accessTokenType } from '../vocabulary.ts';
import { createJwtWriter } from './signed-jwt.ts';

let world: AuthorizationWorld;
before(async () => {
  world = await openAuthorizationWorld({ algorithms: ['ES256', 'RS256'] });
});
after(() => world[Symbol.asyncDispose]());

const subject = randomUuid();

async function storedOf(id: string): Promise<StoredClient> {
  const stored = await world.stores.clients.load(id);
  assert.ok(stored);
  return stored;
}

const issue = (stored: StoredClient, claims: Readonly<Record<string, string>> = {}) =>
  world.clientTokens.idTokens.issue({ stored, claims: { sub: subject, ...claims } });

for (const idTokenSignatureAlg of ['ES256', 'RS256', 'HS256', 'HS512'] as const) {
  test(`an ID token that was signed with ${idTokenSignatureAlg} is read, for its client alone, also when it has expired`, async () => {
    const { id } = await world.client({ idTokenSignatureAlg }, randomOctets(64).toString('base64url'));
    const token = await issue(await storedOf(id), { sid: 's' });
    const hint = { subject, clientId: id, sid: 's' };
    assert.deepEqual(await world.idTokenHints.read(token), hint);
    assert.deepEqual(await world.idTokenHints.read(token, id), hint);
    assert.equal(await world.idTokenHints.read(token, (await world.client()).id), undefined);
    world.clock.advance(86_400 * 30);
    assert.deepEqual(await world.idTokenHints.read(token, id), hint);
  });
}

const day = 86_400;

test('a token outlives the key of the server that has signed it, for as long as sessions do', async () => {
  const { id } = await world.client();
  const token = await issue(await storedOf(id), { sid: 's' });
  const without = await issue(await storedOf(id));
  const { kid } = world.keyring.keySet().signer('ES256');
  assert.equal(await world.keyring.rotate('ES256'), 'rotated');
  world.clock.advance(2 * day);
  assert.ok((await world.keyring.removeRetired()) > 0);
  assert.equal(world.keyring.keySet().verificationKey(kid), undefined);
  assert.deepEqual(await world.idTokenHints.read(token), { subject, clientId: id, sid: 's' });
  assert.equal(await world.idTokenHints.read(without), undefined);
  assert.equal(await world.idTokenHints.read(`${token.slice(0, -4)}AAAA`), undefined);
  world.clock.advance(30 * day - 1);
  assert.ok(await world.idTokenHints.read(token));
  world.clock.advance(1);
  assert.equal(await world.idTokenHints.read(token), undefined);
});

test('a token outlives the key of its client that has signed it, and not the client', async () => {
  const { id } = await world.client();
  const renew = async () => {
    const { client } = await storedOf(id);
    const key = await world.clientKeys.make(id, { type: 'ec', curve: 'P-256' });
    assert.ok(typeof key === 'object');
    const revision = client.revision + 1;
    const changed: Client = { ...client, revision, keyPairType: { type: 'ec', curve: 'P-256' } };
    const audit = { ...anAuditEvent(id), at: world.clock.now() };
    assert.equal(await world.stores.clients.update({ client: changed, key, audit }), 'updated');
    return key.kid;
  };
  const kid = await renew();
  const token = await issue(await storedOf(id), { sid: 's' });
  await renew();
  world.clock.advance(2 * day);
  assert.equal(await world.clientKeys.removeExpired(), 1);
  assert.ok((await world.clientKeys.published()).every((jwk) => jwk['kid'] !== kid));
  assert.deepEqual(await world.idTokenHints.read(token), { subject, clientId: id, sid: 's' });
  const { client } = await storedOf(id);
  const audit = anAuditEvent(id, 'client.deleted');
  assert.equal(await world.stores.clients.remove({ id, revision: client.revision, audit }), 'removed');
  assert.equal(await world.idTokenHints.read(token), undefined);
});

test('a token names a session or none', async () => {
  const { id } = await world.client();
  const hint = await world.idTokenHints.read(await issue(await storedOf(id)));
  assert.deepEqual(hint, { subject, clientId: id, sid: null });
});

test('a token that was altered in any part is none', async () => {
  const { id } = await world.client();
  const [header = '', payload = '', signature = ''] = (await issue(await storedOf(id))).split('.');
  const forged = Buffer.from(JSON.stringify({ iss: world.issuer, sub: subject, aud: id, iat: 1, exp: 2 }));
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
  for (const token of [
    `${header}.${forged.toString('base64url')}.${signature}`,
    `${none}.${payload}.${signature}`,
    `${none}.${payload}.`,
    `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
    `${header}.${payload}`,
    '',
    'a'.repeat(20_000),
  ]) {
    assert.equal(await world.idTokenHints.read(token), undefined);
  }
});

for (const algorithm of signingAlgorithms) {
  test(`what else this server signs by ${algorithm} is no ID token`, async () => {
    const { id } = await world.client();
    const signer = world.keyring.keySet().signer(algorithm);
    const claims = { iss: world.issuer, sub: subject, aud: id, iat: world.clock.now(), exp: 4_000_000_000 };
    const sign = (typ: string, said: object) => createJwtWriter(typ)(signer, said);
    assert.ok(await world.idTokenHints.read(await sign('JWT', claims)));
    for (const token of [
      await sign(accessTokenType, claims),
      await sign('logout+jwt', claims),
      await sign('JWT', { ...claims, exp: undefined }),
      await sign('JWT', { ...claims, iss: 'https://other.example' }),
      await sign('JWT', { ...claims, aud: [id] }),
      await sign('JWT', { ...claims, aud: randomUuid() }),
      await sign('JWT', { ...claims, aud: 'client\u0000' }),
      await sign('JWT', { ...claims, sub: 'alice\u0000' }),
    ]) {
      assert.equal(await world.idTokenHints.read(token), undefined);
    }
  });
}

test('a secret signs for its own client, by the algorithm of its record, while it lives', async () => {
  const [secret, foreign] = [randomOctets(64).toString('base64url'), randomOctets(64).toString('base64url')];
  const client = await world.client({ idTokenSignatureAlg: 'HS256' }, secret);
  const claims = {
    iss: world.issuer,
    sub: subject,
    aud: client.id,
    iat: world.clock.now(),
    exp: 4_000_000_000,
  };
  const sign = (key: string, alg: 'HS256' | 'HS512') =>
    createJwtWriter('JWT')(createMacSigner(key, alg), claims);
  assert.ok(await world.idTokenHints.read(await sign(secret, 'HS256')));
  assert.equal(await world.idTokenHints.read(await sign(foreign, 'HS256')), undefined);
  assert.equal(await world.idTokenHints.read(await sign(secret, 'HS512')), undefined);
  await world.change(client, { idTokenSignatureAlg: 'ES256' });
  assert.equal(await world.idTokenHints.read(await sign(secret, 'HS256')), undefined);
});

test('a public key is never the key of a MAC', async () => {
  const { id } = await world.client();
  const jwk = world.keyring.keySet().publicJwks[0];
  const claims = { iss: world.issuer, sub: subject, aud: id, iat: world.clock.now(), exp: 4_000_000_000 };
  const signer = { ...createMacSigner(JSON.stringify(jwk), 'HS256'), kid: String(jwk?.['kid']) };
  assert.equal(await world.idTokenHints.read(await createJwtWriter('JWT')(signer, claims)), undefined);
});

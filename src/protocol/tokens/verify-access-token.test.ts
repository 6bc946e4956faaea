import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { exchange, registerForPeople, signInAt } from '../../../test/fixtures/person-at-client.ts';
import {
  type ProtocolServer,
  type RegisteredClient,
  startProtocolServer,
} from '../../../test/fixtures/protocol-server.ts';
import { anAccount } from '../../../test/fixtures/storage-entries.ts';
import { createLiveCatalog } from '../../applications/live-catalog.ts';
import { secondsAfter } from '../../kernel/clock.ts';
import type { Signer } from '../../keys/signer.ts';
import { signingAlgorithms } from '../../keys/signing-algorithm.ts';
import { hasAudience } from './access-token-claims.ts';
import { createAccessTokenVerifier } from './verify-access-token.ts';

let server: ProtocolServer;
let registered: RegisteredClient;
before(async () => {
  server = await startProtocolServer();
  registered = await server.register();
});
after(() => server[Symbol.asyncDispose]());

/** A token as the server would sign it, except for what `change` says. */
async function sign(header: object = {}, claims: object = {}, signer?: Signer): Promise<string> {
  const used = signer ?? server.keyring.keySet().signer('ES256');
  const now = server.clock.now();
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${encode({ alg: used.algorithm, typ: 'at+jwt', kid: used.kid, ...header })}.${encode({
    iss: server.issuer,
    sub: registered.client.id,
    aud: server.issuer,
    exp: now + 60,
    iat: now,
    jti: 'some-jti',
    client_id: registered.client.id,
    ...claims,
  })}`;
  return `${input}.${Buffer.from(await used.sign(Buffer.from(input))).toString('base64url')}`;
}
const isAccepted = async (token: string) => (await server.verifier.verify(token)) !== undefined;

test('a token that the server signed is accepted', async () => {
  const verified = await server.verifier.verify(await sign({}, { scope: 'reports exports' }));
  assert.ok(verified);
  assert.equal(verified.client.id, registered.client.id);
  assert.deepEqual(
    [hasAudience(verified.claims, server.issuer), hasAudience(verified.claims, 'b')],
    [true, false],
  );
  assert.equal(verified.claims.scope, 'reports exports');
});

for (const algorithm of signingAlgorithms) {
  test(`a token by ${algorithm} is accepted; with another type, key, algorithm or critical header it is refused`, async () => {
    const { keySet } = server.keyring;
    const signer = keySet().signer(algorithm);
    const other = keySet().signer(algorithm === 'ES256' ? 'RS256' : 'ES256');
    const token = await sign({}, {}, signer);
    for (const look of ['first', 'second']) assert.equal(await isAccepted(token), true, `${look} look`);
    for (const header of [
      { typ: 'JWT' },
      { typ: 'logout+jwt' },
      { typ: undefined },
      { kid: undefined },
      { kid: 'unknown' },
      { kid: '__proto__' },
      { kid: other.kid },
      { kid: 5 },
      { typ: 5 },
      { alg: 5 },
      { alg: undefined },
      { alg: 'none' },
      { alg: 'HS256' },
      { alg: 'PS256' },
      { alg: other.algorithm },
      { alg: other.algorithm, kid: other.kid },
      { crit: ['exp'] },
      { crit: ['b64'], b64: false },
      { crit: [] },
    ]) {
      assert.equal(await isAccepted(await sign(header, {}, signer)), false, JSON.stringify(header));
    }
  });

  test(`a token by ${algorithm} stays good while its key is retired, and no longer`, async () => {
    const { keySet, rotate, removeRetired } = server.keyring;
    const token = await sign({}, { exp: server.clock.now() + 200_000 }, keySet().signer(algorithm));
    await rotate(algorithm);
    assert.equal(await isAccepted(token), true);
    const signer = keySet().signer(algorithm);
    server.clock.advance(86_400 + 3600 + 1);
    assert.equal(await removeRetired(), 1);
    assert.equal(keySet().signer(algorithm).kid, signer.kid);
    assert.equal(await isAccepted(token), false);
    assert.equal(await isAccepted(await sign({}, {}, signer)), true);
  });
}

test('a key that comes with the token is not used', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const kid = server.keyring.keySet().signer('ES256').kid;
  const token = await new SignJWT({ client_id: registered.client.id, aud: server.issuer, sub: 'x', jti: 'x' })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, jwk: await exportJWK(publicKey) })
    .setIssuer(server.issuer)
    .setIssuedAt(server.clock.now())
    .setExpirationTime(server.clock.now() + 60)
    .sign(privateKey);
  assert.equal(await isAccepted(token), false);
});

test('claims that are missing, of another issuer, or out of time are refused', async () => {
  const now = server.clock.now();
  for (const claims of [
    { iss: 'https://other.example' },
    { iss: undefined },
    { exp: now },
    { exp: undefined },
    { exp: '9999999999' },
    { iat: now + 3600 },
    { iat: undefined },
    { nbf: now + 3600 },
    { jti: undefined },
    { aud: undefined },
    { aud: [] },
    { aud: [1] },
    { sub: undefined },
    { client_id: undefined },
    { client_id: ['a'] },
    { client_id: 'f3b9ad76-7b32-4c35-a6fb-7d8a4c8bb1b5' },
    { scope: ['a'] },
  ]) {
    assert.equal(await isAccepted(await sign({}, claims)), false, JSON.stringify(claims));
  }
});

test('a token that was looked at before ends in time all the same, and with another signature is another token', async () => {
  const token = await sign();
  assert.equal(await isAccepted(token), true);
  assert.equal(await isAccepted(token), true);
  const [input, signature] = [
    token.slice(0, token.lastIndexOf('.')),
    token.slice(token.lastIndexOf('.') + 1),
  ];
  const altered = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
  assert.equal(await isAccepted(`${input}.${altered}`), false);
  assert.equal(await isAccepted(`${input}.`), false);
  server.clock.advance(60);
  assert.equal(await isAccepted(token), false);
});

test('a token that was issued before its client was disabled stays out of force', async () => {
  const { client } = registered;
  const token = await sign();
  assert.equal(await isAccepted(token), true);
  const ended = await server.change(registered, { tokensValidFrom: secondsAfter(server.clock.now(), 1) });
  assert.equal(await isAccepted(token), false);
  registered = await server.change(ended, { tokensValidFrom: client.tokensValidFrom });
});

test('a token of an account ends with the account, and with the loan of it', async () => {
  const account = anAccount();
  await server.stores.accounts.insert(account);
  const token = await sign({}, { sub: account.id });
  assert.equal(await isAccepted(token), false);
  const lent = await server.change(registered, { clientCredentialsSubject: account.id });
  assert.equal(await isAccepted(token), true);
  await server.stores.accounts.replace({ ...account, disabled: true });
  assert.equal(await isAccepted(token), false);
  await server.stores.accounts.replace(account);
  registered = await server.change(lent, { clientCredentialsSubject: null });
  assert.equal(await isAccepted(token), false);
});

test('a token of a person is that of one sign-in, and ends with it', async () => {
  const client = await registerForPeople(server);
  const [person, other] = [await signInAt(server, client), await signInAt(server, client)];
  const { body } = await exchange(server, person);
  const token = String(body['access_token']);
  const verified = await server.verifier.verify(token);
  assert.deepEqual(
    [verified?.person?.account.id, verified?.person?.grant.id, verified?.claims.grant_id],
    [person.account.id, person.grant.id, person.grant.id],
  );
  const claims = { sub: person.account.id, client_id: client.client.id, grant_id: person.grant.id };
  assert.equal(await isAccepted(await sign({}, claims)), true);
  const stranger = await registerForPeople(server);
  for (const change of [
    { sub: other.account.id },
    { grant_id: other.grant.id },
    { grant_id: 'f3b9ad76-7b32-4c35-a6fb-7d8a4c8bb1b5' },
    { grant_id: undefined },
    { grant_id: 5 },
    { client_id: stranger.client.id },
  ]) {
    assert.equal(await isAccepted(await sign({}, { ...claims, ...change })), false, JSON.stringify(change));
  }
  await server.stores.grants.end(person.grant.id);
  assert.equal(await isAccepted(token), false);
});

test('a token of a person ends where its grant does, whatever the token says', async () => {
  const client = await registerForPeople(server);
  const person = await signInAt(server, client);
  await exchange(server, person);
  const end = (await server.stores.grants.load(person.grant.id))?.grant.expiresAt ?? server.clock.now();
  const token = await sign(
    {},
    { sub: person.account.id, client_id: client.client.id, grant_id: person.grant.id, exp: end + 100 },
  );
  server.clock.advance(end - server.clock.now() - 1);
  assert.equal(await isAccepted(token), true);
  server.clock.advance(1);
  assert.equal(await isAccepted(token), false);
});

test('all that a token of a person depends on is read at once', async () => {
  const person = await signInAt(server, await registerForPeople(server));
  const { body } = await exchange(server, person);
  let started = 0;
  let finished = 0;
  const reads: number[] = [];
  const watch =
    <Key, Value>(load: (key: Key) => Promise<Value>) =>
    async (key: Key): Promise<Value> => {
      started += 1;
      reads.push(finished);
      const value = await load(key);
      finished += 1;
      return value;
    };
  const { stores, issuer, keyring, clock } = server;
  const verifier = createAccessTokenVerifier({
    issuer,
    keyring,
    clock,
    clients: { load: watch(stores.clients.load) },
    accounts: { load: watch(stores.accounts.load) },
    grants: { load: watch(stores.grants.load) },
    accessTokens: { find: stores.accessTokens.find, isDenied: watch(stores.accessTokens.isDenied) },
    currentCatalog: createLiveCatalog({ applications: [], scopes: [] }, stores.scopes),
  });
  assert.ok(await verifier.verify(String(body['access_token'])));
  assert.deepEqual([started, reads], [3, [0, 0, 0]]);
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeAssertion, registerKept } from '../../../test/fixtures/client-assertion.ts';
import { type ProtocolServer, startProtocolServer } from '../../../test/fixtures/protocol-server.ts';
import { aClient, aSecret, someTime } from '../../../test/fixtures/storage-entries.ts';
import type { SecretKeeper } from '../../clients/secret.ts';
import type { MacAlg } from './assertion.ts';
import { createClientSecretJwt } from './client-secret-jwt.ts';

let server: ProtocolServer;
before(async () => {
  server = await startProtocolServer();
});
after(() => server[Symbol.asyncDispose]());

const macAlgs: readonly MacAlg[] = ['HS256', 'HS384', 'HS512'];

function assertionOf(text: string | Uint8Array, alg: MacAlg = 'HS256') {
  const jws = makeAssertion({ header: { alg }, claims: {}, alg, key: Buffer.from(text) });
  return { jws, alg, kid: undefined, jti: 'a', exp: someTime };
}

/** A client with one kept secret, as it is stored. */
async function register(text: string, alg: MacAlg = 'HS256') {
  const { client } = await registerKept(server, { tokenEndpointJwtAuthAlg: alg }, { text });
  const secrets = (await server.stores.clients.load(client.id))?.secrets ?? [];
  return { client, secrets };
}

test('the secret that is the key is found among those that are live', async () => {
  const { find } = createClientSecretJwt(server);
  for (const alg of macAlgs) {
    const text = `a secret of 64 octets${'.'.repeat(43)}`;
    const { client, secrets } = await register(text, alg);
    const imported = aSecret({ verifier: { algorithm: 'imported', digest: '$2b$04$x' } });
    const live = [imported, ...secrets];
    assert.equal(await find(assertionOf(text, alg), client, live), secrets[0]);
    assert.equal(await find(assertionOf(`${text}x`, alg), client, live), undefined);
    assert.equal(await find(assertionOf(text, alg), client, []), undefined);
    for (const other of macAlgs.filter((name) => name !== alg)) {
      assert.equal(await find(assertionOf(text, other), client, live), undefined);
    }
  }
});

test('the octets of a secret are those of its UTF-8', async () => {
  const { find } = createClientSecretJwt(server);
  const text = 'é'.repeat(16);
  const { client, secrets } = await register(text);
  assert.equal(await find(assertionOf(Buffer.from(text)), client, secrets), secrets[0]);
});

test('a secret shorter than the hash is no key', async () => {
  const { find } = createClientSecretJwt(server);
  for (const [alg, octets] of [
    ['HS256', 32],
    ['HS384', 48],
    ['HS512', 64],
  ] as const) {
    for (const length of [octets - 1, octets]) {
      const text = 'x'.repeat(length);
      const { client, secrets } = await register(text, alg);
      const expected = length < octets ? undefined : secrets[0];
      assert.equal(await find(assertionOf(text, alg), client, secrets), expected, `${alg} ${length}`);
    }
  }
});

test('where verifiers alone are kept, no secret is a key, and none is opened', async () => {
  const text = 'x'.repeat(64);
  const { client, secrets } = await register(text);
  const hashed: Pick<SecretKeeper, 'open' | 'seal'> = {
    seal: () => null,
    open: () => assert.fail('a secret was opened'),
  };
  const { find } = createClientSecretJwt({ secretKeeper: hashed });
  assert.equal(await find(assertionOf(text), client, secrets), undefined);
});

test('a sealed secret that was altered is our fault, not the caller’s', async () => {
  const { find } = createClientSecretJwt(server);
  const text = 'x'.repeat(64);
  const { client, secrets } = await register(text);
  const moved = aSecret({ sealed: secrets[0]?.sealed ?? '' });
  await assert.rejects(find(assertionOf(text), client, [moved]), { name: 'VaultError' });
});

test('no client, no key and another algorithm are refused by as much work as a wrong key', async (context) => {
  let opened = 0;
  const secretKeeper: Pick<SecretKeeper, 'open' | 'seal'> = {
    seal: server.secretKeeper.seal,
    open(sealed, secretContext) {
      opened += 1;
      return server.secretKeeper.open(sealed, secretContext);
    },
  };
  const { find } = createClientSecretJwt({ secretKeeper });
  const { mock } = context.mock.method(crypto.subtle, 'verify');
  const text = 'x'.repeat(64);
  const { client, secrets } = await register(text);
  const wrong = assertionOf('y'.repeat(64));
  for (const [what, attempt] of Object.entries({
    'a wrong key': () => find(wrong, client, secrets),
    'no client': () => find(wrong, undefined, []),
    'no secret': () => find(wrong, client, []),
    'a secret that is not kept': () => find(wrong, client, [aSecret()]),
    'another algorithm': () => find(wrong, aClient({ tokenEndpointJwtAuthAlg: 'HS512' }), secrets),
  })) {
    mock.resetCalls();
    opened = 0;
    assert.equal(await attempt(), undefined, what);
    assert.deepEqual([mock.callCount(), opened], [1, 1], what);
  }
});
